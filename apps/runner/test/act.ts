import { ADMIN_TOKEN, type Tree } from "@blacksky/harness";

/** Asks a running tree for an action, as a person does over HTTP. */
export const act = async (tree: Tree, action: string): Promise<{ status: number; body: unknown }> => {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
  const reply = await fetch(`${tree.url}/api/actions/${action}`, { method: "POST", headers });
  return { status: reply.status, body: await reply.json() };
};
