import { readSync } from "node:fs";
import { endianness } from "node:os";

/*
 * The parts of LMDB's file format (data version 2, 64-bit, little-endian) that tell whether the file is whole. LMDB maps
 * the file and believes it: a page behind the end of the file is a SIGBUS, a page of garbage an abort.
 * Source: lmdb 3.5.6, dependencies/lmdb/libraries/liblmdb/mdb.c, MDB_page_header, MDB_meta, MDB_db.
 */

/** Bytes before a page's content: number u64, transaction u64, pad u16, flags u16, lower u16, upper u16. */
export const PAGE_HEADER_BYTES = 24;
export const PAGE_FLAG = { branch: 0x01, leaf: 0x02, overflow: 0x04, meta: 0x08 } as const;
/** The root of a tree without pages. */
export const NO_PAGE = 0xffff_ffff_ffff_ffffn;

const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const META_BYTES = 168;
const AT = { magic: 24, version: 28, pageSize: 48, freeRoot: 88, mainRoot: 136, lastPage: 144, transaction: 152 };

/** The newest committed state of a data file. */
export interface DataFileState {
  readonly pageSizeBytes: number;
  readonly transaction: bigint;
  /** Number of the last page in use; later ones of the file are spare. */
  readonly lastPage: number;
  /** Roots of the tree of free pages and of the tree of databases. */
  readonly roots: readonly bigint[];
}

/** A whole state, or the sentence that says why there is none. */
export type DataFileReading = { readonly state: DataFileState } | { readonly problem: string };

/** False where LMDB's layout is another one (32 bit, big-endian) and files cannot be checked. */
export const canReadDataFiles = endianness() === "LE" && !["arm", "ia32", "mips", "ppc"].includes(process.arch);

// One for all: it is looked at before each commit.
const page = Buffer.allocUnsafeSlow(META_BYTES);

const readMeta = (file: number, offset: number): DataFileReading => {
  if (readSync(file, page, 0, META_BYTES, offset) !== META_BYTES) return { problem: "a meta page is missing" };
  const isMeta = (page.readUInt16LE(18) & PAGE_FLAG.meta) !== 0;
  if (!isMeta || page.readUInt32LE(AT.magic) !== MAGIC) return { problem: "it is not an LMDB database" };
  if ((page.readUInt32LE(AT.version) & 0xffff) !== DATA_VERSION) return { problem: "it has an unknown LMDB version" };
  const pageSizeBytes = page.readUInt32LE(AT.pageSize);
  if (pageSizeBytes < 512 || pageSizeBytes > 65_536 || (pageSizeBytes & (pageSizeBytes - 1)) !== 0) {
    return { problem: "its page size is impossible" };
  }
  return {
    state: {
      pageSizeBytes,
      transaction: page.readBigUInt64LE(AT.transaction),
      lastPage: Number(page.readBigUInt64LE(AT.lastPage)),
      roots: [page.readBigUInt64LE(AT.freeRoot), page.readBigUInt64LE(AT.mainRoot)],
    },
  };
};

/** The newer of the two states in an open data file, as LMDB itself picks it. */
export const readDataFileState = (file: number): DataFileReading => {
  const first = readMeta(file, 0);
  if ("problem" in first) return first;
  const second = readMeta(file, first.state.pageSizeBytes);
  if ("problem" in second) return second;
  return second.state.transaction > first.state.transaction ? second : first;
};
