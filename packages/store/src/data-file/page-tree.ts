import { fstatSync, readSync } from "node:fs";
import { NO_PAGE, PAGE_FLAG, PAGE_HEADER_BYTES } from "./meta-page.ts";
import type { DataFileState } from "./meta-page.ts";

/** What is wrong with a data file; `truncated` when it ends too early. */
export interface TreeProblem {
  readonly truncated: boolean;
  readonly problem: string;
}

const NODE_HEADER_BYTES = 8;
const NODE_FLAG = { overflow: 0x01, tree: 0x02 };
/** First page, transaction and number of pages of a value that lies elsewhere. */
const OVERFLOW_NODE_BYTES = 24;
const ROOT_IN_TREE_NODE = 40;
const MAX_DEPTH = 32;

interface Walk {
  readonly file: number;
  readonly state: DataFileState;
  readonly filePages: number;
  /** Pages still to be looked at, each with its depth. */
  readonly waiting: { page: bigint; depth: number }[];
}

const fault = (problem: string): TreeProblem => ({ truncated: false, problem });

/** A leaf's values may live elsewhere: on overflow pages, or in a tree of their own (a named database). */
const followLeafNode = (walk: Walk, page: Buffer, at: number, depth: number): TreeProblem | undefined => {
  const flags = page.readUInt16LE(at + 4);
  const value = at + NODE_HEADER_BYTES + page.readUInt16LE(at + 6);
  const isElsewhere = (flags & NODE_FLAG.overflow) !== 0;
  const inlineBytes = isElsewhere ? OVERFLOW_NODE_BYTES : page.readUInt16LE(at) + page.readUInt16LE(at + 2) * 65_536;
  if (value + inlineBytes > page.length) return fault("a node is cut");
  if ((flags & NODE_FLAG.tree) !== 0) {
    if (inlineBytes < ROOT_IN_TREE_NODE + 8) return fault("a node is cut");
    walk.waiting.push({ page: page.readBigUInt64LE(value + ROOT_IN_TREE_NODE), depth: depth + 1 });
  }
  if (!isElsewhere) return undefined;
  const first = page.readBigUInt64LE(value);
  const last = first + page.readBigUInt64LE(value + 16) - 1n;
  if (last < first || last > BigInt(walk.state.lastPage)) return fault("a value lies on pages that are not in use");
  if (last >= BigInt(walk.filePages)) return { truncated: true, problem: `it ends before page ${last}` };
  const header = Buffer.alloc(PAGE_HEADER_BYTES);
  readSync(walk.file, header, 0, header.length, Number(first) * walk.state.pageSizeBytes);
  const isOverflow = header.readBigUInt64LE(0) === first && (header.readUInt16LE(18) & PAGE_FLAG.overflow) !== 0;
  return isOverflow ? undefined : fault(`page ${first} does not hold the value it should`);
};

const checkPage = (walk: Walk, number: bigint, depth: number, page: Buffer): TreeProblem | undefined => {
  if (number > BigInt(walk.state.lastPage)) return fault(`page ${number} is used but was never given out`);
  if (number >= BigInt(walk.filePages)) return { truncated: true, problem: `it ends before page ${number}` };
  readSync(walk.file, page, 0, page.length, Number(number) * walk.state.pageSizeBytes);
  const flags = page.readUInt16LE(18);
  const isBranch = (flags & PAGE_FLAG.branch) !== 0;
  if (page.readBigUInt64LE(0) !== number || isBranch === ((flags & PAGE_FLAG.leaf) !== 0)) {
    return fault(`page ${number} is not the page it should be`);
  }
  if (page.readBigUInt64LE(8) > walk.state.transaction) return fault(`page ${number} is of the future`);
  const lower = page.readUInt16LE(20);
  if (lower + PAGE_HEADER_BYTES > page.length || page.readUInt16LE(22) < lower)
    return fault(`page ${number} overflows`);
  for (let slot = 0; slot < lower / 2; slot += 1) {
    const at = page.readUInt16LE(PAGE_HEADER_BYTES + slot * 2) + PAGE_HEADER_BYTES;
    if (at + NODE_HEADER_BYTES > page.length || at + NODE_HEADER_BYTES + page.readUInt16LE(at + 6) > page.length) {
      return fault(`page ${number} points outside itself`);
    }
    if (isBranch) {
      const child = BigInt(page.readUInt32LE(at)) | (BigInt(page.readUInt16LE(at + 4)) << 32n);
      walk.waiting.push({ page: child, depth: depth + 1 });
    } else {
      const problem = followLeafNode(walk, page, at, depth);
      if (problem !== undefined) return problem;
    }
  }
  return undefined;
};

/**
 * Looks at every page that the state reaches; `undefined` when all are there and are what they should be. The length of
 * the file alone says little: LMDB leaves out free pages at its end, so a whole file may be shorter than its last page.
 */
export const findTreeProblem = (file: number, state: DataFileState): TreeProblem | undefined => {
  const filePages = Math.floor(fstatSync(file).size / state.pageSizeBytes);
  const walk: Walk = { file, state, filePages, waiting: state.roots.map((page) => ({ page, depth: 0 })) };
  const page = Buffer.alloc(state.pageSizeBytes);
  let seen = 0;
  for (let next = walk.waiting.pop(); next !== undefined; next = walk.waiting.pop()) {
    if (next.page === NO_PAGE) continue;
    seen += 1;
    if (next.depth > MAX_DEPTH || seen > state.lastPage + 1) return fault("its pages form a loop");
    const problem = checkPage(walk, next.page, next.depth, page);
    if (problem !== undefined) return problem;
  }
  return undefined;
};
