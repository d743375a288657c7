import type { Tone } from './model';

/** Dark letters on light boxes, on a ground of its own: readable on a white page and on a black one. */
export const COLOURS: {
  readonly [tone in Tone]: { readonly fill: string; readonly line: string };
} = {
  blue: { fill: '#dbeafe', line: '#1d4ed8' },
  green: { fill: '#dcfce7', line: '#15803d' },
  pods: { fill: '#e0e7ff', line: '#4338ca' },
  outside: { fill: '#f8fafc', line: '#64748b' },
  route: { fill: '#ffffff', line: '#334155' },
  secret: { fill: '#fef3c7', line: '#b45309' },
  monitoring: { fill: '#fce7f3', line: '#be185d' },
};

/** Letters of titles. */
export const TEXT = '#0f172a';

/** Letters of the small print. */
export const SMALL = '#475569';
