import { BUILT_AT } from './place.ts';

/** CHANGELOG.md as Debian writes it. What is unreleased there is this version. */
export function debianChangelog(markdown: string, version: string, maintainer: string): string {
  const [, ...sections] = markdown.split(/^## /m);
  return sections
    .map((section) => {
      const [heading = '', ...lines] = section.split('\n');
      const released = heading.trim() === 'Unreleased' ? version : (heading.split(' ')[0] ?? '');
      const body = lines.filter((line) => line.trim() !== '');
      const changes = body.map((line) => line.replace(/^- /, '* ')).map((line) => `  ${line}`);
      const date = new Date(BUILT_AT * 1000).toUTCString().replace('GMT', '+0000');
      return `ceph2zfs (${released}) stable; urgency=medium\n\n${changes.join('\n')}\n\n -- ${maintainer}  ${date}\n`;
    })
    .join('\n');
}
