import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';

const ROOT = path.join(__dirname, '..');

/** Text without its code, in which brackets are none of Markdown. */
function prose(text: string): string {
  return text.replace(/^( *)```[^]*?^\1```$/gm, '').replace(/`[^`\n]*`/g, '`code`');
}

/** The part of an address after "#" that leads to a heading, as GitHub and the site make it. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replace(/ /g, '-');
}

function headingsOf(text: string): string[] {
  const lines = text.replace(/^( *)```[^]*?^\1```$/gm, '').split('\n');
  return lines.flatMap((line) => {
    const heading = /^#+ (.+)$/.exec(line)?.[1];
    return heading === undefined ? [] : [anchorOf(heading)];
  });
}

let committed: ReadonlySet<string> | undefined;

/** What git has, or would have after `git add --all`. */
function committedFiles(): ReadonlySet<string> {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  committed ??= new Set(execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).split('\0'));
  return committed;
}

/** What is wrong with the links of a page to files of this repository. */
export function linkFaults(page: string, text: string): string[] {
  return [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link]) => {
    if (/^\w+:/.test(link!)) return [];
    const [target = '', anchor] = link!.split('#', 2);
    const file = target === '' ? page : path.posix.join(path.posix.dirname(page), target);
    if (file.startsWith('docs/reference/'))
      return [`${page}: ${link} is not committed: it is on the site alone`];
    if (target !== '' && !committedFiles().has(file)) return [`${page}: ${link} does not exist`];
    if (anchor === undefined || !file.endsWith('.md')) return [];
    const headings = headingsOf(
      target === '' ? text : fs.readFileSync(path.join(ROOT, file), 'utf8'),
    );
    return headings.includes(anchor) ? [] : [`${page}: ${link}: ${file} has no such heading`];
  });
}
