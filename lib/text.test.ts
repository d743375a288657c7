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
