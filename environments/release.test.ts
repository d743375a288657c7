import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { anyText } from '../test/any-text';
import * as fc from '../test/random';
import { named } from '../test/fixtures';
import { environments as committed } from '.';
import { parseRelease, readRelease } from './release';

const DIGEST = `sha256:${'0'.repeat(64)}`;

const colour = (release: number, replicas: number) => `  release: ${release}
  image: ghcr.io/seda-fm/seda-api:0.0.0@${DIGEST}
  replicas: ${replicas}
  config:
    NODE_ENV: production
    DATABASE_POOL_SIZE: "10"
    SUPABASE_URL: https://example.supabase.co
  resources:
    requests:
      cpu: 250m
      memory: 256Mi
    limits:
      memory: 512Mi
`;

/** A record as production has it on its first day. */
const PRODUCTION = `# What production runs.
active: blue
blue:
${colour(1, 3)}green:
${colour(0, 0)}`;
const QA = '# What qa runs.\nimage: ghcr.io/seda-fm/seda-api:develop\n';

/** Faults of production's record after an edit. */
function faults(
  edit: (text: string) => string,
  name = 'production',
  text = PRODUCTION,
): readonly string[] {
  const edited = edit(text);
  if (edited === text) throw new Error('the edit changed nothing');
  const read = parseRelease('record', edited, named(name));
  return 'faults' in read ? read.faults : [];
}

test('the committed records are good', () => {
  for (const candidate of committed)
    expect(readRelease(__dirname, candidate)).toHaveProperty('release');
});

test.each<[string, (text: string) => string, readonly string[]]>([
  [
    'an unknown colour',
    (text) => text.replace('active: blue', 'active: red'),
    ['record:2: active is of the wrong kind, got "red", expected ("blue" | "green"); correct it'],
  ],
  [
    'an unknown key',
    (text) => text.replace('active: blue', 'active: blue\nreplica: 3'),
    [
      'record:3: replica is not a known key, expected one of active, blue, green, weights, expandedIn, rolledBack; remove it or correct its spelling',
    ],
  ],
  [
    'an unknown key of a colour',
    (text) => text.replace('  replicas: 3', '  replicas: 3\n  replica: 10'),
    ['record:7: blue.replica is not a known key; did you mean replicas?'],
  ],
  [
    'an unknown key of the settings of pods',
    (text) => text.replace('  replicas: 3', '  replicas: 3\n  pod:\n    toleration: []'),
    ['record:8: blue.pod.toleration is not a known key; did you mean tolerations?'],
  ],
  [
    'settings of pods of the wrong kind',
    (text) => text.replace('  replicas: 3', '  replicas: 3\n  pod:\n    tolerations: all'),
    ['record:8: blue.pod.tolerations is of the wrong kind, got "all", expected a list; correct it'],
  ],
  [
    'settings of pods that are none',
    (text) => text.replace('  replicas: 3', '  replicas: 3\n  pod: { runAsUser: 0 }'),
    [
      'record:7: blue.pod.runAsUser is out of range, got 0, expected a whole number from 1 to 2147483647; choose such a number',
    ],
  ],
  [
    'a duplicate key',
    (text) => text.replace('active: blue', 'active: blue\nactive: green'),
    ['record:3: has a key twice, got "active", expected each key once; keep the one that is right'],
  ],
  [
    'a wrong type',
    (text) => text.replace('replicas: 3', 'replicas: three'),
    ['record:6: blue.replicas is of the wrong kind, got "three", expected number; correct it'],
  ],
  [
    'a number where a text must be',
    (text) => text.replace('DATABASE_POOL_SIZE: "10"', 'DATABASE_POOL_SIZE: 10'),
    [
      'record:9: blue.config.DATABASE_POOL_SIZE is of the wrong kind, got 10, expected string; correct it',
    ],
  ],
  [
    'a missing key',
    (text) => text.replace('  replicas: 3\n', ''),
    ['record:4: blue.replicas is missing; add it'],
  ],
  [
    'broken YAML',
    (text) => text.replace('active: blue', 'active: [blue'),
    [
      'record:3: is not valid YAML, flow sequence in block collection must be sufficiently indented and end with a ]; correct the line',
    ],
  ],
  [
    'a second document',
    (text) => `${text}---\nactive: green\n`,
    ['record:31: begins a second document, expected one record; remove the line or what follows'],
  ],
  [
    'a tag that nobody knows',
    (text) => text.replace('active: blue', 'active: !colour blue'),
    ['record:2: has a tag, got "!colour", expected a plain value; remove the tag'],
  ],
  [
    'a tag of YAML',
    (text) => text.replace('replicas: 3', 'replicas: !!int "3"'),
    ['record:6: has a tag, got "tag:yaml.org,2002:int", expected a plain value; remove the tag'],
  ],
  ...['__proto__', 'constructor', 'prototype'].map(
    (key): [string, (text: string) => string, string[]] => [
      `the key ${key}`,
      (text) => text.replace('  replicas: 3', `  replicas: 3\n  ${key}: 3`),
      [`record:7: ${key} is not a known key; remove it`],
    ],
  ),
  [
    'a key of the settings that JavaScript has of its own',
    (text) =>
      text.replace('    NODE_ENV: production', '    NODE_ENV: production\n    constructor: x'),
    ['record:9: constructor is not a known key; remove it'],
  ],
  [
    'a key that is a list',
    (text) => text.replace('active: blue', '? [active]\n: blue'),
    ['record:2: has a key that is no text, got ["active"], expected a word; correct it'],
  ],
  [
    'an infinite number',
    (text) => text.replace('replicas: 3', 'replicas: .inf'),
    [
      'record:6: blue.replicas is out of range, got Infinity, expected a whole number from 1 to 1000; choose such a number',
    ],
  ],
  [
    'the two sides of a merge',
    (text) =>
      text.replace(
        'active: blue',
        '<<<<<<< HEAD\nactive: blue\n||||||| 0123456\nactive: blue\n=======\nactive: green\n>>>>>>> release',
      ),
    [
      'record:2: has the conflict markers of a merge, expected the record of one side; docs/conflicts.md says how to resolve it',
    ],
  ],
  [
    'the end of a merge that was half resolved, from Windows',
    (text) => text.replace('active: blue', 'active: blue\r\n>>>>>>> release\r'),
    [
      'record:3: has the conflict markers of a merge, expected the record of one side; docs/conflicts.md says how to resolve it',
    ],
  ],
  [
    'lists in lists without an end',
    (text) => text.replace('active: blue', `active: ${'['.repeat(30_000)}`),
    ['record:2: is nested too deep, expected at most 50 levels; restore it from git'],
  ],
  [
    'dashes behind dashes without an end',
    (text) => text.replace('active: blue', `active:\n ${'- '.repeat(30_000)}`),
    ['record:3: is nested too deep, expected at most 50 levels; restore it from git'],
  ],
  [
    'an image of another repository',
    (text) => text.replace('ghcr.io/seda-fm/seda-api', 'docker.io/evil/other'),
    [
      'record:5: blue.image is of another repository, got "docker.io/evil/other", expected ghcr.io/seda-fm/seda-api; name an image that the API\'s CI built',
    ],
  ],
  [
    'an empty file',
    () => '',
    ['record:1: is not a record, expected the keys active, blue, green; restore it from git'],
  ],
  [
    'a list',
    () => '- blue\n',
    ['record:1: is not a record, expected the keys active, blue, green; restore it from git'],
  ],
  [
    'an active colour without pods',
    (text) => text.replace('replicas: 3', 'replicas: 0'),
    [
      'record:6: blue.replicas is out of range, got 0, expected a whole number from 1 to 1000; choose such a number',
    ],
  ],
  [
    'negative replicas',
    (text) => text.replace('replicas: 0', 'replicas: -1'),
    [
      'record:20: green.replicas is out of range, got -1, expected a whole number from 0 to 1000; choose such a number',
    ],
  ],
  [
    'fractional replicas',
    (text) => text.replace('replicas: 3', 'replicas: 2.5'),
    [
      'record:6: blue.replicas is out of range, got 2.5, expected a whole number from 1 to 1000; choose such a number',
    ],
  ],
  [
    'one replica behind a disruption budget',
    (text) => text.replace('replicas: 3', 'replicas: 1'),
    [
      'record:6: blue.replicas is too low for a disruption budget, got 1, expected at least 2; raise replicas or do without the budget',
    ],
  ],
  [
    'an image without digest',
    (text) => text.replace(`0.0.0@${DIGEST}`, '1.4.2'),
    [
      'record:5: blue.image has no digest, got "ghcr.io/seda-fm/seda-api:1.4.2", ' +
        "expected ghcr.io/seda-fm/seda-api:TAG@sha256:DIGEST; take it from the registry or the build's output",
    ],
  ],
  [
    'a tag that moves',
    (text) => text.replace(':0.0.0@', ':latest@'),
    [
      'record:5: blue.image has a tag that moves, got "latest", expected a version or commit; name the build that was tested',
    ],
  ],
  [
    'a malformed digest',
    (text) => text.replace(DIGEST, 'sha256:beef'),
    [
      'record:5: blue.image has a malformed digest, got "sha256:beef", expected "sha256:" and 64 lower-case hex digits; copy it whole',
    ],
  ],
  [
    'a credential',
    (text) => text.replace('SUPABASE_URL: https://', 'SUPABASE_URL: https://user:hunter2@'),
    [
      'record:10: blue.config.SUPABASE_URL holds a URL with a password, expected no credential in configuration; keep it in the secret store and refer to its key',
    ],
  ],
  [
    'a request above its limit',
    (text) => text.replace('memory: 256Mi', 'memory: 1Gi'),
    [
      'record:14: blue.resources.requests.memory is above the limit, got "1Gi", expected at most 512Mi; lower the request or raise the limit',
    ],
  ],
])('fails on %s', (_, edit, expected) => {
  expect(faults(edit)).toEqual(expected);
});

test('fails on an alias bomb before anything is expanded', () => {
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x]',
    ...'bcdefghi'
      .split('')
      .map((key, index) => `${key}: &${key} [${`*${'abcdefgh'[index]},`.repeat(9)}]`),
  ].join('\n');
  const found = faults(() => bomb);
  expect(found).toHaveLength(72);
  expect(found[0]).toBe(
    'record:2: has an alias, got "*a", expected the value itself; write it out',
  );
});

test('reports all faults at once', () => {
  const found = faults((text) =>
    text
      .replace('replicas: 3', 'replicas: -3')
      .replace(':0.0.0@', ':latest@')
      .replace('cpu: 250m', 'cpu: lots'),
  );
  expect(found.map((message) => message.split(' ')[1])).toEqual([
    'blue.image',
    'blue.replicas',
    'blue.resources.requests.cpu',
  ]);
});

test('what a rollback would bring back is something else, and is there', () => {
  expect(faults((qa) => `${qa}previous: ghcr.io/seda-fm/seda-api:develop\n`, 'qa', QA)).toEqual([
    'record:3: previous is the image itself, expected the one before it; remove it',
  ]);
  expect(faults((qa) => `${qa}rolledBack: true\n`, 'qa', QA)).toEqual([
    'record:3: rolledBack says that the previous image is the newer one, expected the key previous; remove it or restore the record from git',
  ]);
});

test('a rolling record has an image and nothing else', () => {
  expect(faults((qa) => `${qa}active: blue\n`, 'qa', QA)).toEqual([
    'record:3: active is not a known key, expected one of image, version, migration, previous, previousVersion, previousMigration, rolledBack, skippedOrder; remove it or correct its spelling',
  ]);
});

describe('the file', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seda-record-'));
  afterAll(() => fs.rmSync(folder, { recursive: true }));

  test('fails when it is missing', () => {
    expect(readRelease(folder, named('qa'))).toEqual({
      faults: [
        'environments/qa.release.yaml: is missing, expected the record of what qa runs; restore it from git',
      ],
    });
  });

  test.each<[string, (file: string) => void, string]>([
    [
      'a folder',
      (file) => fs.mkdirSync(file),
      ': is a folder, expected the record of what qa runs; restore it from git',
    ],
    [
      'a link to nowhere',
      (file) => fs.symlinkSync('nowhere.yaml', file),
      ': is a link to nowhere, got "nowhere.yaml", expected the record of what qa runs; restore it from git',
    ],
    [
      'a link to itself',
      (file) => fs.symlinkSync('qa.release.yaml', file),
      ': cannot be read, got ELOOP, expected the record of what qa runs; look at its permissions',
    ],
    [
      'in another encoding',
      (file) => fs.writeFileSync(file, Buffer.from('# caf\u00e9\nimage: x\n# \u00e9', 'latin1')),
      ':1: is not UTF-8 text, expected YAML in UTF-8; save it as UTF-8',
    ],
    [
      'in UTF-16',
      (file) => fs.writeFileSync(file, Buffer.from('\ufeffimage: x\n', 'utf16le')),
      ':1: is not UTF-8 text, expected YAML in UTF-8; save it as UTF-8',
    ],
    [
      'what a crash left of a file',
      (file) => fs.writeFileSync(file, `image: x\n${'\0'.repeat(100)}`),
      ':2: is not UTF-8 text, expected YAML in UTF-8; save it as UTF-8',
    ],
  ])('fails when it is %s', (_, make, problem) => {
    const file = path.join(folder, 'qa.release.yaml');
    fs.rmSync(file, { recursive: true, force: true });
    make(file);
    expect(readRelease(folder, named('qa'))).toEqual({
      faults: [`environments/qa.release.yaml${problem}`],
    });
    fs.rmSync(file, { recursive: true, force: true });
  });

  test('fails when it is far too large', () => {
    fs.writeFileSync(path.join(folder, 'qa.release.yaml'), `# ${'x'.repeat(70_000)}\n`);
    expect(readRelease(folder, named('qa'))).toEqual({
      faults: [
        'environments/qa.release.yaml: is too large, got 70003 bytes, expected at most 65536; restore it from git',
      ],
    });
  });
});

test('any text is a record or a list of faults, each with its line, and never thrown', () => {
  const piece = fc.constantFrom(
    ...[
      'active: blue\n',
      'image: x\n',
      'blue:\n',
      '  ',
      '\t',
      '- ',
      '? ',
      ': ',
      '[',
      '}',
      '!x ',
      '&a ',
      '*a',
    ],
    ...[
      '<<<<<<< a\n',
      '=======\n',
      '---\n',
      '%YAML 1.1\n',
      '"',
      "'",
      '|\n',
      '>\n',
      '# ',
      '\0',
      '\u2028',
      '\ud800',
    ],
  );
  fc.assert(
    fc.property(
      fc.oneof(
        anyText(30),
        fc.array(piece).map((parts) => parts.join('')),
      ),
      fc.constantFrom('qa', 'production'),
      (text, name) => {
        const read = parseRelease('record', text, named(name));
        if ('faults' in read) {
          expect(read.faults.length).toBeGreaterThan(0);
          for (const fault of read.faults) expect(fault).toMatch(/^record:\d+: [^\n]+; [^\n]+$/);
        }
      },
    ),
  );
});
