import { type Document, isScalar, Lexer, visit } from 'yaml';

/** What YAML has only as an escape: controls, halves of characters, and what is no character. */
const UNPRINTABLE =
  /[\0-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** What readers of YAML take for the end of a line or of a document, and kubectl, which looks for lines of `---`, does not, or the other way round. */
const SEPARATORS: readonly (readonly [RegExp, string])[] = [
  // A CR that is no part of CR LF ends a line for Go, and is part of a comment for others.
  [
    /[\u0085\u2028\u2029]|\r(?!\n)/,
    'has a character that only some readers take for the end of a line',
  ],
  [UNPRINTABLE, 'has a character that kubectl reads in no place, also not in a comment'],
  [/^\.\.\.(?=\s|$)/m, 'ends a document with "...", after which kubectl reads no object'],
  [
    /^---[^\S\n]*[^\s]/m,
    'has something behind "---", which kubectl takes for no beginning of an object',
  ],
  [/^%/m, 'has a directive, which kubectl does not read'],
  [
    // As block texts are written whose first line begins with a tab, blank lines before it or not.
    /(?:: |- |^)[|>][-+\d]*[ \t]*\n(?: *\n)* *\t/m,
    'has a text that begins with a tab, which kubectl takes for a fault of indentation',
  ],
];

/** What some readers take for a number, a merge or a default, and others for a text; where it is a text, it has quotes. */
const AMBIGUOUS = /^(?:0o[0-7]+|=|<<)$/;
const HAS_AMBIGUOUS = /(?:0o[0-7]+|=|<<) *$/m;

/** Why a text has other lines or documents for kubectl than for others, with the number of its line. */
export function textFault(text: string): string | undefined {
  for (const [pattern, problem] of SEPARATORS) {
    const found = pattern.exec(text);
    if (found === null) continue;
    const line = text.slice(0, found.index).split('\n').length;
    return `${line}: ${problem}, expected objects between lines of "---"; render it again`;
  }
  const line = tabbedLine(text);
  return line === undefined
    ? undefined
    : `${line}: begins with a tab, which kubectl does not take for indentation, expected spaces; render it again`;
}

/** Lexemes that begin a document, end a flow or begin a scalar, and are no text. */
const MARKS = ['\x02', '\x18', '\x1f'];

/** The first line with a tab where its indentation is. In a block text one may stand behind the indentation. */
function tabbedLine(text: string): number | undefined {
  if (!/^ *\t/m.test(text)) return undefined;
  let offset = 0;
  let isAtStart = true;
  let isBlock = false;
  for (const lexeme of new Lexer().lex(text)) {
    if (MARKS.includes(lexeme)) continue;
    const indents = [...lexeme.matchAll(/^( *)(?=.*\S)/gm)].map(([, spaces]) => spaces!.length);
    const allowed = isBlock ? Math.min(...indents) : Infinity;
    for (const { index, 0: found } of lexeme.matchAll(/^ *\t/gm))
      if ((index > 0 || isAtStart) && found.length - 1 < allowed)
        return text.slice(0, offset + index).split('\n').length;
    offset += lexeme.length;
    isAtStart = /\n *$/.test(lexeme) || (isAtStart && /^ *$/.test(lexeme));
    isBlock = /^[|>]/.test(lexeme) || (isBlock && /^(\n|[ \t]+|#.*)$/.test(lexeme));
  }
  return undefined;
}

/** A time of day, or a port mapping, that YAML 1.1 has as a number to the base of 60. */
const CLOCK = /(?:^|[\s[{,])[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.\d*)?(?:[\s\]},]|$)/m;

interface Found {
  readonly offset: number;
  readonly source: string;
}

/** The first value that is another one for kubectl than for others: where it is, and why. */
export function valueFault(
  document: Document.Parsed,
  text: string,
): { readonly offset: number; readonly fault: string } | undefined {
  const clock = CLOCK.test(text) ? clockIn(document) : undefined;
  if (clock !== undefined)
    return {
      offset: clock.offset,
      fault: `is read as a number by some and as a text by kubectl, got ${clock.source}, expected quotes around it or a number; render it again`,
    };
  const ambiguous = HAS_AMBIGUOUS.test(text) ? ambiguousIn(document) : undefined;
  return (
    ambiguous && {
      offset: ambiguous.offset,
      fault: `is not the same for all readers of YAML, got ${ambiguous.source}, expected quotes around it; render it again`,
    }
  );
}

function clockIn(document: Document.Parsed): Found | undefined {
  return plainIn(document, (source, value) => typeof value === 'number' && source.includes(':'));
}

function ambiguousIn(document: Document.Parsed): Found | undefined {
  return plainIn(document, (source) => AMBIGUOUS.test(source));
}

/** The first value without quotes that a condition holds for. */
function plainIn(
  document: Document.Parsed,
  condition: (source: string, value: unknown) => boolean,
): Found | undefined {
  let found: Found | undefined;
  visit(document, {
    Scalar: (_, node) => {
      if (!isScalar(node) || node.type !== 'PLAIN' || node.source === undefined) return;
      if (!condition(node.source, node.value)) return;
      found = { offset: node.range?.[0] ?? 0, source: node.source };
      return visit.BREAK;
    },
  });
  return found;
}
