import { ADDED, WORDS } from './safe-added';
import { DEVELOPMENT } from './safe-development';
import { FIRST_DAY, SETTINGS, TIGHTER, WITHIN_BOUNDS } from './safe-settings';
import { TEXT } from './safe-text';
import { GROWTH, REVERTS, VERBS } from './safe-verbs';
import type { Safe } from './transition';

/** Every step that must be accepted. */
export const SAFE: readonly Safe[] = [
  ...VERBS,
  ...REVERTS,
  ...GROWTH,
  ...TEXT,
  ...ADDED,
  ...WORDS,
  ...TIGHTER,
  ...SETTINGS,
  ...WITHIN_BOUNDS,
  ...FIRST_DAY,
  ...DEVELOPMENT,
];
