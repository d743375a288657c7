'use strict';

// Whether the check and Argo CD read the same folders, for .ci/base-review. What it is given is only read.
//
//   node .ci/folders.cjs output BASE CHANGE   prints `output` of the cdk8s.yaml BASE; CHANGE must say the same
//   node .ci/folders.cjs sources FOLDER       whatever Argo CD is told in FOLDER/argocd to apply must lie in FOLDER

const fs = require('node:fs');
const path = require('node:path');
const { parse, parseAllDocuments } = require('yaml');

function fail(message) {
  console.error(message);
  process.exit(1);
}

function outputOf(file) {
  if (!fs.existsSync(file)) fail('cdk8s.yaml is not there; the check does not know what to read');
  const { output = 'dist' } = parse(fs.readFileSync(file, 'utf8')) ?? {};
  return path.posix.normalize(String(output)).replace(/\/$/, '');
}

function sourcesIn(folder) {
  const files = fs.existsSync(folder)
    ? fs.readdirSync(folder).map((name) => `${folder}/${name}`)
    : [];
  return files.flatMap((file) =>
    parseAllDocuments(fs.readFileSync(file, 'utf8'))
      .map((document) => document.toJS())
      .filter((object) => ['Application', 'ApplicationSet'].includes(object?.kind))
      .flatMap(({ kind, spec }) => {
        const { source, sources } = kind === 'Application' ? spec : spec.template.spec;
        return [source, ...(sources ?? [])].filter(Boolean).map((one) => [file, String(one.path)]);
      }),
  );
}

const [mode, ...args] = process.argv.slice(2);
if (mode === 'output') {
  const [base, change] = args.map(outputOf);
  if (base !== change)
    fail(
      `cdk8s.yaml: output is ${change}, expected ${base} as in the base: Argo CD would go on applying ${base}, and nobody would judge it; leave it`,
    );
  console.log(base);
} else {
  const [folder] = args;
  for (const [file, source] of sourcesIn(`${folder}/argocd`)) {
    if (path.posix.normalize(source) !== source || !source.startsWith(`${folder}/`))
      fail(
        `${file}: Argo CD would apply ${source}, expected a folder of ${folder}: the check reads no other; correct path`,
      );
  }
}
