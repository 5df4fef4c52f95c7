import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "@jest/globals";
import { describe as describeVariables, type VariableDescription } from "@blacksky/config";
import { renderAppJson } from "./app-json.ts";
import { renderEnvExample } from "./env-example.ts";
import { renderReadme } from "./readme.ts";

const root = path.resolve(import.meta.dirname, "../..");
const read = (name: string): string => readFileSync(path.join(root, name), "utf8");
const variables = describeVariables();

const variable = (more: Partial<VariableDescription>): VariableDescription => ({
  name: "PORT",
  default: undefined,
  description: "What it is.",
  secret: false,
  heroku: undefined,
  herokuValue: undefined,
  usedBy: ["bot"],
  planned: false,
  ...more,
});

describe("what is generated from the configuration", () => {
  test("is what the repository holds: run `pnpm generate` after a change", () => {
    expect(read(".env.example")).toBe(renderEnvExample(variables));
    expect(read("README.md")).toBe(renderReadme(read("README.md"), variables));
    expect(JSON.parse(read("app.json"))).toEqual(JSON.parse(renderAppJson(read("app.json"), variables)));
  });

  test("Heroku generates secrets, offers defaults, and is not asked for what it provides", () => {
    const app = renderAppJson(`{"name":"x","env":{"OLD":{}}}`, [
      variable({ name: "ADMIN_TOKEN", heroku: "generate" }),
      variable({ name: "HEROKU", heroku: "value", default: "false", herokuValue: "true" }),
      variable({ name: "OWNER_NUMBER", heroku: "value" }),
      variable({ name: "DATABASE_URL", heroku: "provided" }),
      variable({ name: "DATA_DIR" }),
      variable({ name: "LANGUAGE", heroku: "value", planned: true }),
    ]);
    expect(JSON.parse(app)).toEqual({
      name: "x",
      env: {
        ADMIN_TOKEN: { description: "What it is.", generator: "secret" },
        HEROKU: { description: "What it is.", required: false, value: "true" },
        OWNER_NUMBER: { description: "What it is.", required: false },
      },
    });
  });

  test("what has no effect yet says so", () => {
    const planned = [variable({ planned: true })];
    expect(renderReadme("", planned)).toContain("*Without effect yet.* What it is.");
    expect(renderEnvExample(planned)).toContain("# Without effect yet: What it is.");
  });

  test("the README keeps what stands around the table", () => {
    const readme = "before\n<!-- BEGIN:ENV -->\nold\n<!-- END:ENV -->\nafter\n";
    const rendered = renderReadme(readme, [variable({ default: "a|b" })]);
    expect(rendered).toMatch(/^before\n<!-- BEGIN:ENV -->\n/);
    expect(rendered).toMatch(/\n<!-- END:ENV -->\nafter\n$/);
    expect(rendered).toContain(String.raw`| \`PORT\` | \`a\|b\` | What it is. |`.replaceAll(String.raw`\``, "`"));
    expect(renderReadme(rendered, [variable({ default: "a|b" })])).toBe(rendered);
  });

  test("a README that lost one of its markers is an error", () => {
    expect(() => renderReadme("<!-- BEGIN:ENV -->", variables)).toThrow("<!-- END:ENV -->");
    expect(() => renderReadme("<!-- END:ENV --><!-- BEGIN:ENV -->", variables)).toThrow("needs");
  });
});
