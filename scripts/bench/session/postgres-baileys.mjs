// The npm package `postgres-baileys` as a process of its own: `require` of Baileys, an ES module, is beyond tsx.
// Takes `{id, keys}` and answers `{id}` once they are kept; first of all it says `{ready: true}`.
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { usePostgreSQLAuthState } = require("postgres-baileys");
const { Pool } = createRequire(require.resolve("postgres-baileys"))("pg");

const pool = new Pool({ connectionString: process.argv[2] });
// It does not wait for the table that it makes, and fails where its first read comes sooner.
await pool.query("create table if not exists auth_data (session_key varchar(255) primary key, data text not null)");
const { state } = await usePostgreSQLAuthState(pool, "BENCH");

process.on("message", ({ id, keys }) => {
  void state.keys.set(keys).then(() => process.send({ id }));
});
process.send({ ready: true });
