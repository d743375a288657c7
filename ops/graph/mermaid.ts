import type { Arrow, Box, Picture, Tone } from './model';
import { COLOURS, TEXT } from './palette';

const ARROWS = { traffic: '==>', preview: '-.->', uses: '-->' } as const;

/** The picture as a flowchart of Mermaid, which GitHub draws in a Markdown file. */
export function mermaidOf({ title, description, namespace, boxes, arrows }: Picture): string {
  // Names of our own: Mermaid's may have no "/" and must be no word of its language.
  const ids = new Map(boxes.map(({ id }, index) => [id, `n${index}`]));
  const node = ({ id, title: name, lines, tone }: Box) =>
    `${ids.get(id)}["${[name, ...lines].map(escaped).join('<br/>')}"]:::${tone}`;
  const arrow = ({ from, to, kind, label }: Arrow) =>
    `${ids.get(from)} ${ARROWS[kind]}${label === undefined ? '' : `|"${escaped(label)}"|`} ${ids.get(to)}`;
  const idle = boxes.filter((box) => box.idle).map(({ id }) => ids.get(id));
  return [
    'flowchart TD',
    `  accTitle: ${oneLine(title)}`,
    `  accDescr: ${oneLine(description)}`,
    `  subgraph namespace["namespace ${escaped(namespace)}"]`,
    ...boxes.filter(({ inside }) => inside).map((box) => `    ${node(box)}`),
    '  end',
    ...boxes.filter(({ inside }) => !inside).map((box) => `  ${node(box)}`),
    ...arrows.map((one) => `  ${arrow(one)}`),
    ...(Object.keys(COLOURS) as Tone[]).flatMap((tone) => {
      const own = arrows.flatMap((one, index) => (one.tone === tone ? [index] : []));
      return own.length === 0 ? [] : [`  linkStyle ${own.join(',')} stroke:${COLOURS[tone].line}`];
    }),
    ...Object.entries(COLOURS).map(
      ([tone, { fill, line }]) => `  classDef ${tone} fill:${fill},stroke:${line},color:${TEXT}`,
    ),
    ...(idle.length > 0
      ? [`  classDef idle stroke-dasharray:5 3`, `  class ${idle.join(',')} idle`]
      : []),
    '',
  ].join('\n');
}

/** Inside quotes Mermaid takes everything but quotes, tags, and what begins an escape, a directive, a formula or a Markdown text. */
function escaped(text: string): string {
  return text
    .replace(/[#"<>&`\\%$]/g, (character) => `#${character.charCodeAt(0)};`)
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');
}

/** A statement that reaches to the end of its line. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029;#%]+/gu, ',');
}
