// `pnpm phone`: talk to the bot of `pnpm dev` as a person would.
import { connectSimulator, type SeenMessage, type SimulatorClient } from "@blacksky/simulator";
import { parseArgs } from "node:util";
import { DEFAULT_DATA, dataFolders, readDevNote, type DevNote } from "./dev/folders.ts";

const USAGE = `Talk to the bot of \`npx pnpm dev\` as a person would.

  npx pnpm phone say <text>      says it to the bot and prints the answer
  npx pnpm phone watch           prints every message that people get, until Ctrl-C

  --as <number>     be somebody else than the owner
  --group <id>      say it in a group instead
  --wait <seconds>  how long to wait for the answer (15)
  --data <folder>   the folder that was given to dev
`;

const show = ({ from, text, at }: Pick<SeenMessage, "from" | "text" | "at">): string =>
  `${new Date(at).toLocaleTimeString()}  ${from}\n${text}\n`;

const say = async (client: SimulatorClient, note: DevNote, text: string): Promise<void> => {
  const phone = values.as ?? note.ownerPhone;
  const person = await client.addPerson({ phone });
  const answer = await person.ask(values.group ?? note.botPhone, text, Number(values.wait) * 1000);
  console.log(show(answer));
};

const watch = async (client: SimulatorClient): Promise<void> => {
  console.log("Watching; Ctrl-C ends it.\n");
  for await (const event of await client.events()) {
    if (event.type === "message.seen") console.log(show(event));
  }
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    as: { type: "string" },
    group: { type: "string" },
    data: { type: "string", default: DEFAULT_DATA },
    wait: { type: "string", default: "15" },
    help: { type: "boolean", default: false },
  },
});

const main = async (): Promise<number> => {
  const [verb, ...words] = positionals;
  if (values.help || (verb !== "watch" && (verb !== "say" || words.length === 0))) {
    console.log(USAGE);
    return values.help ? 0 : 64;
  }
  const note = readDevNote(dataFolders(values.data).note);
  if (note === undefined) {
    console.error("No bot to talk to: start one with `npx pnpm dev` in another terminal first.");
    return 75;
  }
  const client = connectSimulator(note.controlUrl);
  try {
    if (verb === "say") await say(client, note, words.join(" "));
    else await watch(client);
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    console.error("Is `npx pnpm dev` still running, and is its bot online?");
    return 1;
  }
};

process.exit(await main());
