import { spawnSync } from 'node:child_process';
import * as fc from '../test/random';
import { parse } from 'yaml';
import { anyText } from '../test/any-text';
import { contentHash } from './content-hash';
import { imageVersion, parseImage } from './image';
import { isSample } from './placeholder';
import { parseQuantity } from './quantity';
import { yamlText } from './yaml-text';

test('quantities', () => {
  expect(
    ['250m', '0.5', '1', '512Mi', '1Gi', '2k', '1e3', '-1', '', '1 Gi', 'Mi'].map(parseQuantity),
  ).toEqual([
    0.25,
    0.5,
    1,
    2 ** 29,
    2 ** 30,
    2000,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test('images', () => {
  expect(parseImage('localhost:5000/a/b:1.0@sha256:ff')).toEqual({
    repository: 'localhost:5000/a/b',
    tag: '1.0',
    digest: 'sha256:ff',
  });
  expect(imageVersion(`a:${'1'.repeat(70)}-`)).toBe('1'.repeat(63));
  expect(imageVersion('a:_2.0_')).toBe('2.0');
});

test('a hash is of the content and not of the order', () => {
  expect(contentHash({ a: 1, b: [{ c: 2, d: 3 }] })).toBe(
    contentHash({ b: [{ d: 3, c: 2 }], a: 1 }),
  );
  expect(contentHash({ a: '1' })).not.toBe(contentHash({ a: 1 }));
});

test('the quotes of a text do not depend on where it was first', () => {
  const objects = [{ a: { b: '---' } }, { '--- a': 1 }, { a: '--- a' }, { '---': 1 }];
  expect(yamlText(objects)).toBe(
    [...objects]
      .reverse()
      .map((object) => yamlText([object]))
      .reverse()
      .join('---\n'),
  );
});

test('texts that YAML 1.1 would take for something else are quoted', () => {
  const words = [
    'yes',
    'off',
    '012',
    '0o17',
    '1e3',
    '<<',
    '=',
    'null',
    '~',
    '1:30',
    '',
    ' a',
    'a: b',
    '2026-11-23',
  ];
  expect(
    yamlText([Object.fromEntries(words.map((word, index) => [`k${index}`, word]))])
      .split('\n')
      .filter((line) => /^k\d+: [^"]/.test(line)),
  ).toEqual([]);
});

test.each([
  ['https://your-project-ref.supabase.co', true],
  ['https://your-qa-project-ref.supabase.co', true],
  ['your-team', true],
  ['https://api.your-company.com', false],
  ['https://your-company.com/project', false],
  ['for-your-eyes', false],
])('%s is a sample: %s', (value, sample) => expect(isSample(value)).toBe(sample));

describe('what is written is read back the same', () => {
  const pieces = [
    ...[
      '\t',
      ' ',
      '\n',
      '\n\n',
      '\r',
      '  ',
      'a',
      'b:',
      ' #',
      '- ',
      '? ',
      '|',
      '>',
      '"',
      "'",
      '\\',
      '%',
    ],
    ...[
      '---',
      '...',
      '{',
      ']',
      ',',
      '&',
      '*',
      '!',
      '@',
      '`',
      '=',
      '<<',
      '~',
      '0',
      '1e',
      '.',
      '_',
      'no',
    ],
    ...['\u0007', '\u001b', '\x7f', '\u0085', '\u00a0', '\u2028', '\ufeff', '\ufffe', '\u{1f600}'],
  ];
  const text = fc.oneof(
    fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join('')),
    fc
      .array(fc.constantFrom('  ', ' ', '\t', ' \tx', 'x', '', '# c'), { maxLength: 8 })
      .map((lines) => lines.join('\n')),
    anyText(60),
  );
  const examples = [
    '\tfirst\nsecond',
    ' \tfirst\nsecond',
    '\n\tfirst\n',
    '\t',
    '\t\n',
    'a\n\tb\n\n',
    ' \n',
    'k'.repeat(2000),
  ];

  test.each(['1.1', '1.2'] as const)(
    'by YAML %s, as a value, in a list and as a key',
    (version) => {
      const same = (value: string) => {
        const object = { data: { k: value, l: [value, { k: value }] }, [value]: { [value]: 'v' } };
        expect(parse(yamlText([object]), { version })).toEqual(object);
      };
      examples.forEach(same);
      fc.assert(fc.property(text, same));
    },
  );

  const kubectl = spawnSync('kubectl', ['version', '--client']).status === 0;
  (kubectl ? test : test.skip)('by kubectl', () => {
    const values = [...examples, ...fc.sample(text, 400)];
    const data = Object.fromEntries(values.map((value, index) => [`k${index}`, value]));
    const annotations = Object.fromEntries(
      values.map((value, index) => [`${value}${index}`, value]),
    );
    const metadata = { name: 'a', annotations };
    const { stdout, stderr } = spawnSync(
      'kubectl',
      // Reads an object and writes it with a label, without a cluster.
      ['label', '--local', '--filename=-', '--output=json', 'read=back'],
      {
        input: yamlText([{ apiVersion: 'v1', kind: 'ConfigMap', metadata, data }]),
        encoding: 'utf8',
      },
    );
    expect(stderr).toBe('');
    const read = JSON.parse(stdout);
    expect(read.data).toEqual(data);
    expect(read.metadata.annotations).toEqual(annotations);
  });
});
