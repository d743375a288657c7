import { ALL_RULES, OVERRIDABLE } from '.';

/** The rules as a table of Markdown, for docs/rules.md and `seda check --rules`. */
export function rulesTable(): string {
  const rows = [...ALL_RULES]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(
      ({ name, protects }) =>
        `| \`${name}\` | ${protects} | ${OVERRIDABLE.includes(name) ? 'yes' : 'no'} |`,
    );
  return ['| rule | what must hold | may be overruled |', '|---|---|---|', ...rows].join('\n');
}
