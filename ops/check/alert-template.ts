/**
 * Functions of templates in Prometheus 3 (its documentation, "Template reference"), and those that Go's text/template
 * brings along. One that is not there has Prometheus refuse the file, and all alerts of it.
 */
const FUNCTIONS = new Set([
  ...['query', 'first', 'label', 'value', 'sortByLabel', 'strvalue'],
  ...['humanize', 'humanize1024', 'humanizeDuration', 'humanizePercentage', 'humanizeTimestamp'],
  ...['toTime', 'toDuration', 'parseDuration', 'now', 'title', 'toUpper', 'toLower', 'match'],
  ...['reReplaceAll', 'stripPort', 'stripDomain', 'graphLink', 'tableLink', 'externalURL'],
  ...['pathPrefix', 'args', 'tmpl', 'safeHtml', 'urlQueryEscape'],
  ...['and', 'or', 'not', 'len', 'index', 'slice', 'print', 'printf', 'println', 'html', 'js'],
  ...['urlquery', 'call', 'eq', 'ne', 'lt', 'le', 'gt', 'ge', 'true', 'false', 'nil'],
]);

/** What Prometheus gives to the template of an alert. */
const VARIABLES = ['$labels', '$externalLabels', '$externalURL', '$value', '$'];

/** A text in quotes, a variable, a field, a word, a number, or a sign. */
const TOKEN =
  /\s+|"(?:[^"\\\n]|\\.)*"|`[^`]*`|'(?:[^'\\\n]|\\.)'|\$\w*|(?:\.\w+)+|\.|[A-Za-z_]\w*|-?\d[\w.]*|:=|[|(),=]|(.)/gy;

/** Why Prometheus would refuse the template of a label or an annotation of an alert; empty for a good one. */
export function templateFaults(text: string): string[] {
  const pieces = text.split('{{');
  const open: string[] = [];
  const known = new Set(VARIABLES);
  const faults = pieces.slice(1).flatMap((piece): string[] => {
    const [action, rest] = [piece.slice(0, piece.indexOf('}}')), piece.indexOf('}}')];
    if (rest < 0) return ['opens a template and does not close it'];
    const inner = action.replace(/^- /, '').replace(/ -$/, '');
    return /^\/\*.*\*\/$/s.test(inner) ? [] : actionFaults(inner, open, known);
  });
  return [...faults, ...open.map((word) => `has a {{ ${word} }} without an end`)];
}

function actionFaults(action: string, open: string[], known: Set<string>): string[] {
  const tokens = [...action.matchAll(TOKEN)].map(([token, strange]) => ({ token, strange }));
  const read = tokens.reduce((length, { token }) => length + token.length, 0);
  const strange = tokens.find((one) => one.strange !== undefined)?.token;
  if (strange !== undefined || read < action.length)
    return [`has ${JSON.stringify(strange ?? action.slice(read))} in a template`];
  const words = tokens.map(({ token }) => token).filter((token) => token.trim() !== '');
  const [word = '', ...rest] = words;
  if (word === '') return ['has a template without anything in it'];
  if (word === 'end') return open.pop() === undefined ? ['has an end without a beginning'] : [];
  if (word === 'else') {
    if (open.length === 0) return ['has an else without an if'];
    return rest[0] === 'if' ? pipelineFaults(rest.slice(1), known) : pipelineFaults(rest, known);
  }
  if (['if', 'with', 'range'].includes(word)) {
    open.push(word);
    return pipelineFaults(rest, known);
  }
  return word === 'template' || word === 'define' || word === 'block'
    ? ['names another template, which is not there']
    : pipelineFaults(words, known);
}

function pipelineFaults(words: readonly string[], known: Set<string>): string[] {
  const declared = words.indexOf(':=');
  for (const word of words.slice(0, Math.max(declared, 0)))
    if (word.startsWith('$')) known.add(word);
  const unknown = words.flatMap((word) => {
    if (word.startsWith('$')) return known.has(word) ? [] : [`the variable ${word}`];
    return /^[A-Za-z_]/.test(word) && !FUNCTIONS.has(word) ? [`the function ${word}`] : [];
  });
  const depth = words.reduce(
    (open, word) => (open < 0 ? open : open + ({ '(': 1, ')': -1 }[word] ?? 0)),
    0,
  );
  const hanging = ['|', ','].includes(words.at(-1) ?? '') || words[0] === '|';
  return [
    ...unknown.map((what) => `names ${what}, which Prometheus does not have`),
    ...(depth === 0 ? [] : ['has brackets that do not match']),
    ...(hanging ? ['has a | that leads to nothing'] : []),
  ];
}
