// What is bundled from other packages, with the licences that want to go wherever their code goes.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Licences that ask for no more than that. */
const LICENCES = ['Apache-2.0', 'BSD-3-Clause', 'ISC', 'MIT'];

/** What a package says elsewhere than in a file of its licence. */
const ELSEWHERE = {
  '@viz-js/viz': `Copyright (c) Michael Daines

The package has no file of its licence: MIT is what its package.json says. As its code says, it holds in object code form:
Graphviz, https://graphviz.org, under the Eclipse Public License, https://graphviz.org/license/; source code: https://gitlab.com/graphviz/graphviz
Expat, https://libexpat.github.io, under the MIT licence; source code: https://github.com/libexpat/libexpat`,
};

/** The text for all packages that `inputs` are from; esbuild names its inputs from `root`. */
export function notices(root, inputs) {
  const folders = new Set(
    inputs.flatMap((input) => /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? []),
  );
  // A set, because a package may be there twice in one version.
  const parts = new Set([...folders].map((folder) => notice(join(root, folder))));
  return [...parts].sort().join(`\n${'-'.repeat(80)}\n\n`);
}

function notice(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (!LICENCES.includes(license))
    throw new Error(
      `${name} ${version} has the licence ${license}, expected one of ${LICENCES.join(', ')}; see whether it may be bundled`,
    );
  const files = readdirSync(folder)
    .filter((file) => /^(licen[cs]e|notice)\b/i.test(file))
    .sort();
  const texts = files.map((file) =>
    readFileSync(join(folder, file), 'utf8').replaceAll('\r', '').trim(),
  );
  if (ELSEWHERE[name]) texts.push(ELSEWHERE[name]);
  if (texts.length === 0)
    throw new Error(`${name} ${version} has no file of its licence; see what it says elsewhere`);
  return `${name} ${version}\n${license}\n\n${texts.join('\n\n')}\n`;
}
