import fc, { type Arbitrary } from './random';

const character = fc
  .oneof(
    { arbitrary: fc.integer({ min: 0, max: 0xd7ff }), weight: 1 },
    { arbitrary: fc.integer({ min: 0xe000, max: 0x10ffff }), weight: 16 },
  )
  .map((code) => String.fromCodePoint(code));

/**
 * Text of any characters, as `fc.string({ unit: 'binary' })` has it. That lists all of the million characters first, in
 * each test file again, which takes longer than the tests that want them.
 */
export function anyText(maxLength: number): Arbitrary<string> {
  return fc.oneof(
    {
      arbitrary: fc.array(character, { maxLength }).map((characters) => characters.join('')),
      weight: 4,
    },
    // Has names such as __proto__ among its texts.
    { arbitrary: fc.string({ maxLength }), weight: 1 },
  );
}
