import * as fs from 'node:fs';
// eslint-disable-next-line no-restricted-imports -- runs at the same time must not write the same file
import { pid } from 'node:process';
import { type Document, isMap, parseDocument } from 'yaml';

type Plain = { readonly [key: string]: unknown };

/** The text of a record with other values: comments, order and quotes of what stays are kept. */
export function editRecord(text: string, after: Plain): string {
  const document = parseDocument(text);
  edit(document, [], document.toJS() as Plain, after);
  return document.toString({ lineWidth: 0 });
}

function edit(document: Document, path: readonly string[], before: Plain, after: Plain): void {
  for (const key of Object.keys(before)) {
    if (!(key in after)) document.deleteIn([...path, key]);
  }
  for (const [key, value] of Object.entries(after)) {
    const at = [...path, key];
    if (isPlain(value) && isPlain(before[key]) && isMap(document.getIn(at)))
      edit(document, at, before[key], value);
    else if (JSON.stringify(before[key]) !== JSON.stringify(value))
      // An object that is there twice is written twice: a record with an alias is refused.
      document.setIn(
        at,
        typeof value === 'object'
          ? document.createNode(value, { aliasDuplicateObjects: false })
          : value,
      );
  }
}

function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Replaces a file in one step, so that nobody ever reads half of it. */
export function writeAtomically(file: string, text: string): void {
  const fresh = `${file}.${pid}.new`;
  try {
    fs.writeFileSync(fresh, text);
    fs.renameSync(fresh, file);
  } finally {
    fs.rmSync(fresh, { force: true });
  }
}
