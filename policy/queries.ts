import { parser } from '@prometheus-io/lezer-promql';

type Node = ReturnType<typeof parser.parse>['topNode'];

/** What PromQL selects series by, as it is written: `up{job="seda-api"}`. */
export function selectorsIn(expression: string): string[] {
  return nodesOf(expression, 'VectorSelector').map((selector) => textOf(expression, selector));
}

/** Names of the metrics that PromQL reads; a selector without a name is told as it is written. */
export function metricsIn(expression: string): string[] {
  return nodesOf(expression, 'VectorSelector').map((selector) =>
    textOf(expression, selector.getChild('Identifier') ?? selector),
  );
}

/** Whether something in PromQL is multiplied by what is 0 at any time. */
export function isTimesZero(expression: string): boolean {
  return nodesOf(expression, 'BinaryExpr').some(
    (node) =>
      node.getChild('Mul') !== null &&
      [node.firstChild!, node.lastChild!].some((side) => constantOf(expression, side) === 0),
  );
}

function nodesOf(expression: string, name: string): Node[] {
  const found: Node[] = [];
  parser.parse(expression).iterate({
    enter: ({ node }) => {
      if (node.name === name) found.push(node);
    },
  });
  return found;
}

const textOf = (expression: string, { from, to }: Node) => expression.slice(from, to);

/** The number that an expression is at any time; undefined where it depends on what is measured. */
function constantOf(expression: string, node: Node): number | undefined {
  const [first, last] = [node.firstChild, node.lastChild];
  if (node.name === 'NumberDurationLiteral') return Number(textOf(expression, node));
  if (node.name === 'ParenExpr') return constantOf(expression, first!);
  if (node.name === 'UnaryExpr') {
    const value = constantOf(expression, last!);
    // No -0, which is 0 as well.
    return value === undefined ? undefined : 0 - value;
  }
  if (node.name !== 'BinaryExpr') return undefined;
  const [left, right] = [constantOf(expression, first!), constantOf(expression, last!)];
  if (left === undefined || right === undefined) return undefined;
  if (node.getChild('Sub')) return left - right;
  if (node.getChild('Add')) return left + right;
  return node.getChild('Mul') ? left * right : undefined;
}
