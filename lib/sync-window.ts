import { fault } from './checks';

/** A time in which Argo CD may or may not sync by itself. */
export interface SyncWindow {
  /** `deny`: no sync while it is open. `allow`: no sync but while one of its kind is open. */
  readonly kind: 'allow' | 'deny';
  /** When it opens, as cron with five fields, e.g. `0 16 * * FRI`. */
  readonly schedule: string;
  /** How long it stays open, in hours and minutes, e.g. `64h` or `2h30m`. */
  readonly duration: string;
  /**
   * IANA name of the zone in which `schedule` is meant, e.g. `Europe/Berlin`.
   * @default UTC
   */
  readonly timeZone?: string;
  /**
   * People may sync manually in spite of it, to fix production.
   * @default true
   */
  readonly manualSync?: boolean;
  /**
   * Why, for whoever wonders that nothing is synced.
   * @default - no reason is given
   */
  readonly description?: string;
}

/** The fields of a schedule: what each may be, and names that stand for its numbers. Sunday is 0 and never 7. */
const FIELDS: readonly {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}[] = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of the month', min: 1, max: 31 },
  {
    name: 'month',
    min: 1,
    max: 12,
    names: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
  },
  {
    name: 'day of the week',
    min: 0,
    max: 6,
    names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'],
  },
];

/** What is wrong with a window, each fault starting with `path`. Argo CD takes an unknown time zone for UTC without a word. */
export function syncWindowFaults(
  path: string,
  { kind, schedule, duration, timeZone, description }: SyncWindow,
): string[] {
  return [
    ...(['allow', 'deny'].includes(kind)
      ? []
      : [fault(`${path}.kind`, 'is unknown', kind, 'allow or deny', 'correct it')]),
    ...scheduleFaults(`${path}.schedule`, schedule),
    ...(isDuration(duration)
      ? []
      : [
          fault(
            `${path}.duration`,
            'is not a duration',
            duration,
            'hours and minutes such as 2h30m',
            'correct it',
          ),
        ]),
    ...(timeZone === undefined || isTimeZone(timeZone)
      ? []
      : [
          fault(
            `${path}.timeZone`,
            'is not a time zone',
            timeZone,
            'UTC or a name such as Europe/Berlin',
            'correct it, or the window opens in UTC',
          ),
        ]),
    ...((description ?? '').length <= 255
      ? []
      : [
          fault(
            `${path}.description`,
            'is too long',
            description,
            'at most 255 characters',
            'shorten it',
          ),
        ]),
  ];
}

function scheduleFaults(path: string, schedule: unknown): string[] {
  const fields = String(schedule).trim().split(/\s+/);
  if (fields.length !== FIELDS.length) {
    return [
      fault(
        path,
        'is not a schedule',
        schedule,
        'five fields: minute, hour, day of the month, month, day of the week',
        'write it like 0 16 * * FRI',
      ),
    ];
  }
  return fields.flatMap((text, index) => {
    const { name, min, max, names = [] } = FIELDS[index]!;
    const number = (value: string): number => {
      const named = names.indexOf(value.toUpperCase());
      return named >= 0 ? named + min : /^\d+$/.test(value) ? Number(value) : NaN;
    };
    const good = text.split(',').every((part) => {
      const [, range = '', step] = /^([^/]+)(?:\/(\d+))?$/.exec(part) ?? [];
      const [first, last] = range === '*' ? [min, max] : range.split('-').map(number);
      if (range.split('-').length > 2 || (step !== undefined && Number(step) < 1)) return false;
      return (
        first !== undefined && first >= min && (last ?? first) >= first && (last ?? first) <= max
      );
    });
    const expected = `${min} to ${max}${names.length > 0 ? ` or ${names[0]} to ${names.at(-1)}` : ''}, "*", lists, ranges and steps`;
    return good ? [] : [fault(path, `has no such ${name}`, text, expected, 'correct the field')];
  });
}

function isDuration(text: unknown): boolean {
  return /^(?=\d)(\d{1,4}h)?(\d{1,4}m)?$/.test(String(text)) && /[1-9]/.test(String(text));
}

/** By name alone: an offset such as +01:00 means something to a browser and nothing to Argo CD, which also minds upper and lower case. */
function isTimeZone(name: string): boolean {
  if (!/^(UTC|(US|[A-Z][a-z]+)(\/[A-Z][A-Za-z0-9_+-]*)+)$/.test(name)) return false;
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions();
    // An alias may come back under another name.
    return timeZone === name || timeZone.toLowerCase() !== name.toLowerCase();
  } catch {
    return false;
  }
}
