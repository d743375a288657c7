import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
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
    ['record:3: replica is not a known key; remove it or correct its spelling'],
  ],
  [
    'an unknown key of a colour',
    (text) => text.replace('  replicas: 3', '  replicas: 3\n  weight: 10'),
    ['record:7: blue.weight is not a known key; remove it or correct its spelling'],
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
    ['record:3: is not valid YAML, map keys must be unique; correct the line'],
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

test('a rolling record has an image and nothing else', () => {
  expect(faults((qa) => `${qa}active: blue\n`, 'qa', QA)).toEqual([
    'record:3: active is not a known key; remove it or correct its spelling',
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

  test('fails when it is far too large', () => {
    fs.writeFileSync(path.join(folder, 'qa.release.yaml'), `# ${'x'.repeat(70_000)}\n`);
    expect(readRelease(folder, named('qa'))).toEqual({
      faults: [
        'environments/qa.release.yaml: is too large, got 70003 bytes, expected at most 65536; restore it from git',
      ],
    });
  });
});
