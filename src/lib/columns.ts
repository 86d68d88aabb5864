const GRAPHEMES = new Intl.Segmenter();
const WIDE =
  /^[\p{Emoji_Presentation}\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;

/** How many columns of a terminal printable text takes. */
export function columnsOf(text: string): number {
  return graphemes(text).reduce((sum, { columns }) => sum + columns, 0);
}

export function padEnd(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - columnsOf(text)));
}

export function padStart(text: string, columns: number): string {
  return ' '.repeat(Math.max(0, columns - columnsOf(text))) + text;
}

/** Cuts text in the middle: of a name both ends tell the most. */
export function shorten(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  if (columns < 1) return '';
  const parts = graphemes(text);
  const head = take(parts, Math.ceil((columns - 1) / 2));
  const tail = take(parts.toReversed(), columns - 1 - columnsOf(head.join('')));
  return `${head.join('')}…${tail.toReversed().join('')}`;
}

function take(parts: ReturnType<typeof graphemes>, columns: number): string[] {
  const taken: string[] = [];
  let left = columns;
  for (const part of parts) {
    left -= part.columns;
    if (left < 0) break;
    taken.push(part.text);
  }
  return taken;
}

function graphemes(text: string): { readonly text: string; readonly columns: number }[] {
  return [...GRAPHEMES.segment(text)].map(({ segment }) => ({
    text: segment,
    columns: WIDE.test(segment) ? 2 : 1,
  }));
}

export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
}

/** A table as lines of text; the last column is not padded. */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string[] {
  const lines = [columns.map(({ title }) => title), ...rows];
  const widths = columns.map((_, index) =>
    Math.max(...lines.map((line) => columnsOf(line[index] ?? ''))),
  );
  return lines.map((line) =>
    columns
      .map(({ align }, index) => {
        const [cell, width] = [line[index] ?? '', widths[index] ?? 0];
        return align === 'right' ? padStart(cell, width) : padEnd(cell, width);
      })
      .join('  ')
      .trimEnd(),
  );
}
