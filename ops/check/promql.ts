import { parser } from '@prometheus-io/lezer-promql';

type Node = ReturnType<typeof parser.parse>['topNode'];
type Type = 'scalar' | 'string' | 'vector' | 'matrix';

/** Functions of a range of time, as the grammar names them. */
const OF_RANGES =
  /OverTime$|^(Rate|Irate|Increase|Delta|Idelta|Deriv|PredictLinear|DoubleExponentialSmoothing|HoltWinters|Changes|Resets)$/;
const SCALARS = ['Time', 'Scalar', 'Pi'];

/** Arguments of functions that have not exactly one: least and most. */
const ARGUMENTS: { readonly [name: string]: readonly [number, number] } = {
  ...Object.fromEntries(
    ['HistogramQuantile', 'QuantileOverTime', 'PredictLinear', 'ClampMin', 'ClampMax'].map(
      (name) => [name, [2, 2]],
    ),
  ),
  ...Object.fromEntries(
    ['DayOfMonth', 'DayOfWeek', 'DayOfYear', 'DaysInMonth', 'Hour', 'Minute', 'Month', 'Year'].map(
      (name) => [name, [0, 1]],
    ),
  ),
  Time: [0, 0],
  Pi: [0, 0],
  Round: [1, 2],
  Clamp: [3, 3],
  HistogramFraction: [3, 3],
  DoubleExponentialSmoothing: [3, 3],
  HoltWinters: [3, 3],
  LabelReplace: [5, 5],
  LabelJoin: [3, 99],
  SortByLabel: [1, 99],
  SortByLabelDesc: [1, 99],
  Info: [1, 2],
};

/** Why Prometheus would refuse an expression in a rule, by its own grammar and its types; empty for a good one. */
export function promqlFaults(expression: string): string[] {
  const tree = parser.parse(expression);
  let wrong: number | undefined;
  tree.iterate({
    enter: ({ type, from }) => {
      if (type.isError) wrong ??= from;
    },
  });
  if (wrong !== undefined) return [`is not PromQL at character ${wrong + 1}: ${expression}`];
  const faults = [...expression.matchAll(PATTERN)].flatMap(([, , pattern = '']) =>
    isPattern(pattern) ? [] : [`has ${JSON.stringify(pattern)}, which is no regular expression`],
  );
  if (MATCHES_ALL.test(expression))
    faults.push(`has a selector that every series matches: ${expression}`);
  const text = ({ from, to }: Node) => expression.slice(from, to);
  const type = typeOf(tree.topNode.firstChild!, (node, fault) =>
    faults.push(`is no PromQL that Prometheus takes, ${text(node)} ${fault}`),
  );
  return ['matrix', 'string'].includes(type) && faults.length === 0
    ? [`is no PromQL for a rule: ${expression} has no value at one time`]
    : faults;
}

/** A matcher by a regular expression. */
const PATTERN = /[=!]~\s*(["'`])((?:\\.|(?!\1).)*)\1/g;

/** Matchers without a name of a series, all of which an absent label meets. */
const MATCHES_ALL = /(?<![\w:])\{\s*(?:\w+\s*(?:=\s*""|=~\s*"\.?\*?"|!=\s*"[^"]+")\s*,?\s*)*\}/;

/** Whether RE2 knows a regular expression: what JavaScript knows, but for references and looks ahead and behind. */
function isPattern(pattern: string): boolean {
  try {
    new RegExp(pattern);
    return !/\(\?<?[=!]|\\[1-9]/.test(pattern);
  } catch {
    return false;
  }
}

type Say = (node: Node, fault: string) => void;

function childrenOf(node: Node): Node[] {
  const children: Node[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) children.push(child);
  return children;
}

/** What an expression yields; what cannot be is said. */
function typeOf(node: Node, say: Say): Type {
  const children = childrenOf(node);
  switch (node.name) {
    case 'NumberDurationLiteral':
      return 'scalar';
    case 'StringLiteral':
      return 'string';
    case 'MatrixSelector':
      return 'matrix';
    case 'SubqueryExpr':
      if (typeOf(children[0]!, say) !== 'vector') say(node, 'is a range of no series');
      return 'matrix';
    case 'ParenExpr':
    case 'OffsetExpr':
    case 'StepInvariantExpr':
      return typeOf(children[0]!, say);
    case 'UnaryExpr':
      return typeOf(children.at(-1)!, say);
    case 'BinaryExpr':
      return binaryType(node, children, say);
    case 'AggregateExpr':
    case 'FunctionCall':
      return callType(node, children, say);
    default:
      return 'vector';
  }
}

function binaryType(node: Node, children: readonly Node[], say: Say): Type {
  const [left, right] = [children[0]!, children.at(-1)!].map((one) => typeOf(one, say)) as [
    Type,
    Type,
  ];
  const names = children.map(({ name }) => name);
  if ([left, right].some((type) => type === 'matrix' || type === 'string'))
    say(node, 'calculates with a range or a text');
  const isScalar = left === 'scalar' && right === 'scalar';
  const isSet = ['And', 'Or', 'Unless'].some((name) => names.includes(name));
  if (isSet && [left, right].includes('scalar')) say(node, 'joins a number');
  const compares = ['Eql', 'Eqlc', 'EqlC', 'Neq', 'Gtr', 'Lss', 'Gte', 'Lte'].some((name) =>
    names.includes(name),
  );
  if (isScalar && compares && !names.includes('BoolModifier'))
    say(node, 'compares two numbers without bool');
  return isScalar ? 'scalar' : 'vector';
}

function callType(node: Node, children: readonly Node[], say: Say): Type {
  const body = children.find(({ name }) => name === 'FunctionCallBody');
  const given = (body === undefined ? [] : childrenOf(body)).map((one) => typeOf(one, say));
  const called = children[0]!.firstChild?.name ?? '';
  if (node.name === 'AggregateExpr') {
    const two = ['Topk', 'Bottomk', 'Quantile', 'CountValues', 'LimitK', 'LimitRatio'];
    if (given.length !== (two.includes(called) ? 2 : 1)) say(node, 'has other arguments');
    if (given.at(-1) !== 'vector') say(node, 'sums up no series');
    return 'vector';
  }
  const [least, most] = ARGUMENTS[called] ?? [1, 1];
  if (given.length < least || given.length > most) say(node, 'has other arguments');
  const ranges = given.filter((type) => type === 'matrix').length;
  if (ranges !== (OF_RANGES.test(called) ? 1 : 0))
    say(node, ranges === 0 ? 'needs a range such as [5m]' : 'takes no range');
  return SCALARS.includes(called) ? 'scalar' : 'vector';
}
