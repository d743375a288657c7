/** A fenced block of a page. */
export interface Block {
  readonly language: string;
  readonly lines: readonly string[];
  /** Text of the heading above it. */
  readonly section: string;
  /** What it needs that a test has not, as its first line says: `sh needs=cluster`. */
  readonly needs?: string;
}

/** One command of a block, and what it prints there. */
export interface Command {
  readonly command: string;
  readonly output: string;
}

/** The fenced blocks of a page, in their order. */
export function blocksOf(page: string): Block[] {
  const blocks: Block[] = [];
  let section = '';
  let open:
    { indent: string; block: Omit<Block, 'lines' | 'section'>; lines: string[] } | undefined;
  for (const line of page.split('\n')) {
    if (open === undefined) {
      section = /^#+ (.+)$/.exec(line)?.[1] ?? section;
      const fence = /^( *)```(\w*)(?: needs=(\w+))?$/.exec(line);
      const [, indent = '', language = '', needs] = fence ?? [];
      if (fence) open = { indent, block: { language, ...(needs && { needs }) }, lines: [] };
      else if (/^ *```/.test(line)) throw new Error(`a block begins in no known way: ${line}`);
    } else if (line === `${open.indent}\`\`\``) {
      blocks.push({ ...open.block, lines: open.lines, section });
      open = undefined;
    } else open.lines.push(line.slice(open.indent.length));
  }
  if (open) throw new Error(`a block of ${section} does not end`);
  return blocks;
}

/** The commands of a `console` block with what they print, or of an `sh` block without. */
export function commandsOf({ language, lines }: Block): Command[] {
  if (language === 'sh')
    return lines
      .map((line) => line.replace(/(^|\s+)#.*$/, ''))
      .filter((line) => line !== '')
      .map((command) => ({ command, output: '' }));
  const found: { command: string; output: string[] }[] = [];
  for (const line of lines) {
    if (line.startsWith('$ ')) found.push({ command: line.slice(2), output: [] });
    else found.at(-1)!.output.push(line);
  }
  return found.map(({ command, output }) => ({ command, output: output.join('\n').trim() }));
}

/** Words of a command line; quotes hold words together. */
export function wordsOf(command: string): string[] {
  return [...command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, plain]) => single ?? double ?? plain!,
  );
}

/** A `diff` block: the file that it is of, and the lines before and after. */
export function editOf({ lines }: Block): { file: string; from: string; to: string } {
  const [header, ...rest] = lines;
  const side = (other: string) =>
    rest
      .filter((line) => !line.startsWith(other))
      .map((line) => line.slice(1))
      .join('\n');
  return { file: header!.replace('--- a/', ''), from: side('+'), to: side('-') };
}
