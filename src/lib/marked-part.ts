/**
 * A Markdown document with what stands between `<!-- name… -->` and `<!-- /name -->` replaced: for
 * parts of the documentation that are made from the code.
 */
export function replaceMarkedPart(document: string, name: string, part: string): string {
  const pattern = new RegExp(`(<!-- ${name}\\b[^]*?-->\\n)[^]*?(<!-- /${name} -->)`);
  if (!pattern.test(document)) throw new Error(`the document has no part "${name}"`);
  return document.replace(pattern, (_, begin: string, end: string) => `${begin}${part}\n${end}`);
}
