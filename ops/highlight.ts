import { styleText } from 'node:util';
import type { Io, Output } from './io';

/** How a terminal shows the words by which a person finds the lines that matter. */
const FORMATS = {
  added: 'green',
  changed: 'yellow',
  removed: 'red',
  refused: 'red',
  error: 'red',
  warning: 'yellow',
  ok: 'green',
  x: 'red',
} as const;

/** At the start of a line or after the environment that the line is about; the signs of objects in a deploy after two spaces. */
const WORDS =
  /^((?:[a-z0-9-]+: )?)(added|changed|removed|refused|error|warning)(?=[ ,:])|^( {2})(ok|x)(?= )/gm;

/**
 * True where a stream shows colours: `NO_COLOR` with any value means never, `FORCE_COLOR` always unless it is `0` or
 * `false`, and without the two it is a terminal that is not `dumb`.
 */
export function hasColours({ isTTY }: Output, env: Io['env']): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return !['0', 'false'].includes(env.FORCE_COLOR);
  return isTTY === true && env.TERM !== 'dumb';
}

/** Colours the words that matter in text for people; where the stream shows no colours, the text stays as it is. */
export function highlighter(stream: Output, env: Io['env']): (text: string) => string {
  if (!hasColours(stream, env)) return (text) => text;
  return (text) =>
    text.replace(
      WORDS,
      (_, subject: string | undefined, word: string | undefined, indent: string, sign: string) =>
        `${subject ?? indent}${inColour((word ?? sign) as keyof typeof FORMATS)}`,
    );
}

/** Writes text for people with the words that matter in colour. Not for what programs read. */
export function printHighlighted(stream: Output, env: Io['env']): (text: string) => void {
  const highlight = highlighter(stream, env);
  return (text) => void stream.write(`${highlight(text)}\n`);
}

/** Makes a whole message red, line by line, because a pager takes colours back at the end of a line. */
export function errorHighlighter(stream: Output, env: Io['env']): (text: string) => string {
  if (!hasColours(stream, env)) return (text) => text;
  return (text) =>
    text.replace(/[^\n]+/g, (line) => styleText('red', line, { validateStream: false }));
}

function inColour(word: keyof typeof FORMATS): string {
  // The environment of this call decides, not that of the process.
  return styleText(FORMATS[word], word, { validateStream: false });
}
