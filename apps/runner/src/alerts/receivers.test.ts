import { parseEnv } from "@blacksky/config";
import { describe, expect, test } from "@jest/globals";
import { describeReceiver, RECEIVER_FORMATS, type AlertNote } from "./receivers.ts";

const NOTE: AlertNote = {
  kind: "logged-out",
  status: "raised",
  text: "The bot was unlinked. Ask <@everyone> & pair anew.",
  bot: "BLACKSKY-MD",
  at: "2026-01-02T03:04:05.000Z",
  durationSeconds: null,
};
const OVER: AlertNote = { ...NOTE, status: "recovered", text: "Over.", durationSeconds: 90 };

const bodyOf = (address: string, note = NOTE): unknown => JSON.parse(describeReceiver(address).request(note).body);

describe("the format of an address", () => {
  test.each([
    ["https://example.com/hook", "json"],
    ["https://ntfy.sh/my-topic", "ntfy"],
    ["https://hooks.slack.com/services/T0/B0/x", "slack"],
    ["https://discord.com/api/webhooks/1/x", "discord"],
    ["https://discord.com/api/v10/webhooks/1/x", "discord"],
    ["https://canary.discord.com/api/webhooks/1/x", "discord"],
    ["https://discordapp.com/api/webhooks/1/x", "discord"],
    ["https://api.telegram.org/bot1:x/sendMessage?chat_id=7", "telegram"],
    ["https://evildiscord.com/api/webhooks/1/x", "json"],
    ["https://hooks.slack.com.example.com/x", "json"],
    ["ntfy+https://push.example.com/topic", "ntfy"],
    ["slack+http://127.0.0.1:9/x", "slack"],
    ["json+https://ntfy.sh/my-topic", "json"],
  ])("%s is %s", (address, format) => {
    expect(describeReceiver(address).format).toBe(format);
    expect(parseEnv({ ALERT_WEBHOOK_URL: address }).ALERT_WEBHOOK_URL).toEqual([address]);
  });

  test("may be said in front of every address, as the configuration allows it", () => {
    const addresses = RECEIVER_FORMATS.map((format) => `${format}+https://example.com/x`);
    expect(parseEnv({ ALERT_WEBHOOK_URL: addresses.join(" ") }).ALERT_WEBHOOK_URL).toEqual(addresses);
    expect(addresses.map((address) => describeReceiver(address).format)).toEqual([...RECEIVER_FORMATS]);
  });
});

describe("an alert", () => {
  test("is JSON that people and programs can read", () => {
    const { url, headers } = describeReceiver("https://example.com/hook?x=1").request(NOTE);
    expect(url).toBe("https://example.com/hook?x=1");
    expect(headers).toMatchObject({ "content-type": "application/json" });
    const words = `BLACKSKY-MD: ${NOTE.text}`;
    expect(bodyOf("https://example.com/hook")).toEqual({
      kind: "logged-out",
      status: "raised",
      text: words,
      content: words,
      bot: "BLACKSKY-MD",
      at: NOTE.at,
    });
    expect(bodyOf("https://example.com/hook", OVER)).toMatchObject({ status: "recovered", durationSeconds: 90 });
  });

  test("is text with a title for ntfy, which takes 4,096 bytes of it", () => {
    const ntfy = describeReceiver("ntfy+https://push.example.com/topic");
    expect(ntfy.request(NOTE)).toEqual({
      url: "https://push.example.com/topic",
      headers: {
        "user-agent": "BLACKSKY-MD alerts",
        title: "BLACKSKY-MD: logged-out",
        priority: "high",
        tags: "rotating_light,logged-out",
      },
      body: NOTE.text,
    });
    expect(ntfy.request(OVER).headers).toMatchObject({
      title: "BLACKSKY-MD: logged-out is over",
      priority: "default",
      tags: "white_check_mark,logged-out",
    });
    const { body } = ntfy.request({ ...NOTE, text: `x${"ü".repeat(3_000)}` });
    expect(body).toBe(`x${"ü".repeat(2_047)}`);
  });

  test("calls nobody by name in Slack and Discord, and is cut where Discord and Telegram would refuse it", () => {
    const text = `BLACKSKY-MD: ${NOTE.text}`;
    expect(bodyOf("https://hooks.slack.com/services/x")).toEqual({
      text: "BLACKSKY-MD: The bot was unlinked. Ask &lt;@everyone&gt; &amp; pair anew.",
    });
    expect(bodyOf("https://discord.com/api/webhooks/1/x")).toEqual({ content: text, allowed_mentions: { parse: [] } });
    const long = { ...NOTE, text: "x".repeat(5_000) };
    expect(bodyOf("https://discord.com/api/webhooks/1/x", long)).toMatchObject({
      content: expect.stringMatching(/^BLACKSKY-MD: x{1986}…$/),
    });
    expect(bodyOf("https://api.telegram.org/bot1:x?chat_id=7", long)).toMatchObject({
      text: expect.stringMatching(/^BLACKSKY-MD: x{4082}…$/),
    });
  });

  test("goes to Telegram's chat, with whatever else its address says", () => {
    for (const path of ["/bot1:x/sendMessage", "/bot1:x", "/bot1:x/"]) {
      const address = `https://api.telegram.org${path}?chat_id=-100&disable_notification=true`;
      expect(describeReceiver(address).request(NOTE).url).toBe("https://api.telegram.org/bot1:x/sendMessage");
      expect(bodyOf(address)).toEqual({
        chat_id: "-100",
        disable_notification: "true",
        text: `BLACKSKY-MD: ${NOTE.text}`,
      });
    }
  });

  test("takes user and password from the address", () => {
    const { url, headers } = describeReceiver("ntfy+https://:tk_secr%40t@push.example.com/topic").request(NOTE);
    expect(url).toBe("https://push.example.com/topic");
    expect(headers["authorization"]).toBe(`Basic ${Buffer.from(":tk_secr@t").toString("base64")}`);
  });
});

test("an address that cannot work says what it lacks, and nothing of itself", () => {
  expect(describeReceiver("https://api.telegram.org/bot1:x/sendMessage").flaw).toBe(
    "it names no chat: add `?chat_id=…`",
  );
  expect(describeReceiver("https://ntfy.sh").flaw).toBe("it names no topic: add `/your-topic`");
  expect(describeReceiver("https://ntfy.sh/topic").flaw).toBeUndefined();
});
