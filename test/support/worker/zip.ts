interface Packed {
  readonly name: Uint8Array;
  readonly bytes: Uint8Array;
}

/** A ZIP as Java's writer makes it: deflated, sizes in the list at the end and not before the file. */
export async function zip(files: readonly Packed[]): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const list: Uint8Array[] = [];
  let at = 0;
  for (const { name, bytes } of files) {
    // One file after the other, as they stand there.
    const packed = await deflated(bytes);
    const local = record(30, (view) => {
      view.setUint32(0, 0x04034b50, true);
      view.setUint16(6, 8, true);
      view.setUint16(8, 8, true);
      view.setUint16(26, name.length, true);
    });
    list.push(
      record(46, (view) => {
        view.setUint32(0, 0x02014b50, true);
        view.setUint16(8, 8, true);
        view.setUint16(10, 8, true);
        view.setUint32(20, packed.length, true);
        view.setUint32(24, bytes.length, true);
        view.setUint16(28, name.length, true);
        view.setUint32(42, at, true);
      }),
      name,
    );
    const descriptor = record(16, (view) => view.setUint32(0, 0x08074b50, true));
    parts.push(local, name, packed, descriptor);
    at += local.length + name.length + packed.length + descriptor.length;
  }
  const end = record(22, (view) => {
    view.setUint32(0, 0x06054b50, true);
    view.setUint16(8, files.length, true);
    view.setUint16(10, files.length, true);
    view.setUint32(16, at, true);
  });
  return new Uint8Array(await new Blob([...parts, ...list, end]).arrayBuffer());
}

function record(length: number, fill: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(length);
  fill(new DataView(bytes.buffer));
  return bytes;
}

async function deflated(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream();
  const packed = stream.pipeThrough(new CompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}
