import * as fs from 'node:fs';
import * as path from 'node:path';
import * as ts from 'typescript';
import { ALL_RULES, OVERRIDABLE } from '../../ops/check/rules';

/** A refusal as the source of the check has it: the text between the values that are known only at run time. */
interface Refusal {
  readonly reason: string;
  readonly remedy: string;
}

/** Calls of other names hand texts on; only those with a parameter of this name end in a refusal. */
const REMEDY = 'remedy';
const REASON = 'reason';

/** The page of every rule of `seda check` with what it refuses and what to do, read from the source of the check. */
export function refusalsPage(root: string): string {
  const folder = path.join(root, 'ops/check');
  const sources = fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .map((name) => {
      const text = fs.readFileSync(path.join(folder, name), 'utf8');
      return ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true);
    });
  const makers = new Map(sources.flatMap(makersIn));
  const found = new Map<string, Refusal[]>();
  for (const source of sources)
    for (const { rule, refusal } of refusalsIn(source, makers))
      found.set(rule, [...(found.get(rule) ?? []), refusal]);
  const named = [...ALL_RULES]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, protects }) =>
      [
        `## ${name}`,
        protects,
        OVERRIDABLE.includes(name)
          ? `May be overruled for one change: \`--allow ${name}=ENV\`, or \`Seda-Allow: ${name} ENV\` in a commit.`
          : 'Cannot be overruled.',
        table(found.get(name) ?? []),
      ].join('\n\n'),
    );
  return [
    '# Refusals of the check',
    '`seda check` prints a refusal as `ENV: refused, RULE: OBJECT: REASON; REMEDY`. This page lists them by rule, as the source of the check has them; ' +
      'words in italics stand for what is known only when it runs.',
    ...named,
    '## Found by several rules',
    'These come from parts of the check that several rules use.',
    table(found.get(SHARED) ?? []),
  ].join('\n\n');
}

const SHARED = '';

function table(refusals: readonly Refusal[]): string {
  if (refusals.length === 0)
    return 'Its reasons come from parts of the check that several rules use.';
  const rows = refusals.map(({ reason, remedy }) => `| ${cell(reason)} | ${cell(remedy)} |`);
  return ['| reason | remedy |', '| --- | --- |', ...new Set(rows)].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

/** Where the two texts stand among the arguments of a function. */
interface Maker {
  readonly reason: number;
  readonly remedy: number;
}

function makersIn(source: ts.SourceFile): [string, Maker][] {
  const makers: [string, Maker][] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionDeclaration(node) || ts.isArrowFunction(node)) {
      const names = node.parameters.map(({ name }) => name.getText());
      const name = ts.isFunctionDeclaration(node)
        ? node.name?.text
        : ts.isVariableDeclaration(node.parent)
          ? node.parent.name.getText()
          : undefined;
      if (name !== undefined && names.includes(REMEDY) && names.includes(REASON))
        makers.push([name, { reason: names.indexOf(REASON), remedy: names.indexOf(REMEDY) }]);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return makers;
}

function refusalsIn(
  source: ts.SourceFile,
  makers: ReadonlyMap<string, Maker>,
): { rule: string; refusal: Refusal }[] {
  const own = rulesIn(source);
  const found: { rule: string; refusal: Refusal }[] = [];
  const add = (reason: ts.Expression, remedy: ts.Expression, rule = own[0] ?? SHARED): void => {
    const texts = [textOf(reason), textOf(remedy)];
    // What is only handed on is made somewhere else.
    if (texts.some((text) => !/[a-z]{2} /.test(text.replace(/<var>.*?<\/var>/g, '')))) return;
    found.push({ rule, refusal: { reason: texts[0]!, remedy: texts[1]! } });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
      const maker = makers.get(node.expression.text);
      if (maker) {
        const [reason, remedy] = [node.arguments[maker.reason], node.arguments[maker.remedy]];
        if (reason && remedy) add(reason, remedy, ruleNamed(node.arguments[0]));
      }
    }
    if (ts.isObjectLiteralExpression(node)) {
      const [reason, remedy, rule] = [REASON, REMEDY, 'rule'].map((name) => valueOf(node, name));
      if (reason && remedy) add(reason, remedy, ruleNamed(rule));
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** The names of the rules that a file defines. */
function rulesIn(source: ts.SourceFile): string[] {
  const names = [...source.text.matchAll(/^ {2}name: '([a-z-]+)',$/gm)].map(([, name]) => name!);
  return source.fileName.startsWith('rules/') && names.length === 1 ? names : [];
}

/** The rule that an expression such as `contractionTooEarly` or `HOST_TAKEN.name` stands for. */
function ruleNamed(expression: ts.Expression | undefined): string | undefined {
  const name = expression?.getText().replace(/\.name$/, '') ?? '';
  const kebab = /^[A-Z_]+$/.test(name)
    ? name.toLowerCase().replaceAll('_', '-')
    : name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return ALL_RULES.some((rule) => rule.name === kebab) ? kebab : undefined;
}

function valueOf(node: ts.ObjectLiteralExpression, name: string): ts.Expression | undefined {
  for (const property of node.properties)
    if (ts.isPropertyAssignment(property) && property.name.getText() === name)
      return property.initializer;
  return undefined;
}

/** What an expression says, as far as its source tells. */
function textOf(node: ts.Expression): string {
  if (ts.isStringLiteralLike(node)) return escaped(node.text);
  if (ts.isParenthesizedExpression(node)) return textOf(node.expression);
  if (ts.isConditionalExpression(node))
    return [node.whenTrue, node.whenFalse].map(textOf).filter(Boolean).join(' / ');
  if (ts.isBinaryExpression(node)) return textOf(node.left) + textOf(node.right);
  if (ts.isTemplateExpression(node))
    return (
      escaped(node.head.text) +
      node.templateSpans
        .map(({ expression, literal }) => valueText(expression) + escaped(literal.text))
        .join('')
    );
  const constant = ts.isIdentifier(node) ? constantOf(node) : undefined;
  return constant ? textOf(constant) : valueText(node);
}

/** A value that is known only at run time, by the last of its names. */
function valueText(node: ts.Expression): string {
  if (ts.isConditionalExpression(node) || ts.isTemplateExpression(node)) {
    const text = textOf(node);
    return ts.isConditionalExpression(node) ? `(${text})` : text;
  }
  const constant = ts.isIdentifier(node) ? constantOf(node) : undefined;
  if (constant && (ts.isStringLiteralLike(constant) || ts.isNumericLiteral(constant)))
    return escaped(constant.text);
  const names = node.getText().match(/[A-Za-z]\w*/g) ?? [];
  return `<var>${(names.at(-1) ?? '...').replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()}</var>`;
}

/** The initializer of a constant of the same file. */
function constantOf(node: ts.Identifier): ts.Expression | undefined {
  let found: ts.Expression | undefined;
  const visit = (child: ts.Node): void => {
    if (ts.isVariableDeclaration(child) && child.name.getText() === node.text)
      found ??= child.initializer;
    ts.forEachChild(child, visit);
  };
  visit(node.getSourceFile());
  return found && ts.isCallExpression(found) ? undefined : found;
}

/** Neither Markdown nor the site's own templates may take a text for theirs. */
function escaped(text: string): string {
  return text
    .replaceAll('<', '&lt;')
    .replaceAll('{', '&#123;')
    .replaceAll('*', '\\*')
    .replaceAll('_', '\\_');
}
