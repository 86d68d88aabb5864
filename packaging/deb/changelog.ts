import { BUILT_AT } from './place.ts';

/** CHANGELOG.md as Debian writes it. What is unreleased there is this version. */
export function debianChangelog(markdown: string, version: string, maintainer: string): string {
  const [, ...sections] = markdown.split(/^## /m);
  return sections
    .map((section) => {
      const [heading = '', ...lines] = section.split('\n');
      const released = heading.trim() === 'Unreleased' ? version : (heading.split(' ')[0] ?? '');
      const changes = bulletsOf(lines.join('\n')).map((text) => wrap(`* ${text}`));
      const date = new Date(BUILT_AT * 1000).toUTCString().replace('GMT', '+0000');
      return `ceph2zfs (${released}) stable; urgency=medium\n\n${changes.join('\n')}\n\n -- ${maintainer}  ${date}\n`;
    })
    .join('\n');
}

function bulletsOf(markdown: string): readonly string[] {
  const [, ...bullets] = markdown.split(/^- /m);
  return bullets.map((text) => text.trim().replaceAll(/\s+/g, ' '));
}

/** Lines of at most 79 characters, indented as in a list. */
function wrap(text: string): string {
  return text
    .replaceAll(/(.{1,75})(?: |$)/g, '    $1\n')
    .slice(2)
    .trimEnd();
}
