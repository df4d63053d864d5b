import { crc32 } from 'node:zlib';

export type ZipEntry = { name: string; content: Buffer };

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const VERSION = 20;
const NAMES_ARE_UTF8 = 0x0800;
// 1980-01-01, the first day that the format knows: the same files make the same bytes.
const DATE = 0x0021;

/** A zip file of a few small files, stored without compression (PKWARE APPNOTE 6.3, sections 4.3.7, 4.3.12 and 4.3.16). */
export function zip(entries: ZipEntry[]): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content } of entries) {
    const fileName = Buffer.from(name, 'utf8');
    const common = commonOf(fileName, content);
    const local = Buffer.concat([uint32(LOCAL), common, fileName, content]);
    // Central entries add: made by, comment length, disk, internal and external attributes, offset.
    const tail = Buffer.concat([uint16(0), uint16(0), uint16(0), uint32(0), uint32(offset)]);
    directory.push(Buffer.concat([uint32(CENTRAL), uint16(VERSION), common, tail, fileName]));
    files.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const counts = [uint16(0), uint16(0), uint16(entries.length), uint16(entries.length)];
  const end = Buffer.concat([uint32(END), ...counts, uint32(central.length), uint32(offset), uint16(0)]);
  return Buffer.concat([...files, central, end]);
}

/** What both headers of a file share: version, flags, method, time, date, checksum, sizes, lengths. */
const commonOf = (fileName: Buffer, content: Buffer): Buffer =>
  Buffer.concat([
    uint16(VERSION),
    uint16(NAMES_ARE_UTF8),
    uint16(0),
    uint16(0),
    uint16(DATE),
    uint32(crc32(content)),
    uint32(content.length),
    uint32(content.length),
    uint16(fileName.length),
    uint16(0),
  ]);

function uint16(value: number): Buffer {
  const buffer = Buffer.alloc(2);
  buffer.writeUInt16LE(value);
  return buffer;
}
function uint32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer;
}
