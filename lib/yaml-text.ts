import { Document, Schema, type ScalarTag } from 'yaml';

/** Short texts whose quotes depend on nothing around them; longer ones seldom repeat. */
const MEMORABLE = /^[A-Za-z0-9][\w ./:=@,+-]{0,63}$/;

/** What YAML 1.1 readers, Kubernetes' among them, take for something other than a text, and `yaml` does not quote. */
const AMBIGUOUS = /^(<<|=|0o[0-7]+|\s+)$/;

/** What they take for the end of a line, or refuse, and `yaml` writes as it is. */
const UNSAFE = /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g;

/** The text tag of `yaml`. Manifests repeat a few hundred keys and values; whether one needs quotes is found out once. */
const TEXT: ScalarTag = (() => {
  const tag = new Schema({ schema: 'yaml-1.1' }).tags.find((candidate) => candidate.tag === 'tag:yaml.org,2002:str') as ScalarTag;
  const memo = new Map<string, string>();
  return {
    ...tag,
    stringify(item, context, onComment, onChompKeep) {
      const value = String(item.value);
      const known = memo.get(value);
      if (known !== undefined) return known;
      const text = AMBIGUOUS.test(value) || value.search(UNSAFE) >= 0 ? quoted(value) : tag.stringify!(item, context, onComment, onChompKeep);
      if (MEMORABLE.test(value)) memo.set(value, text);
      return text;
    },
  };
})();

const tagOf = (tag: unknown) => (tag as Partial<ScalarTag>).tag;

/** Without merge keys, so that "<<" is a text like any other. */
const SCHEMA = new Schema({
  schema: 'yaml-1.1',
  customTags: (tags) => tags.filter((tag) => tagOf(tag) !== 'tag:yaml.org,2002:merge').map((tag) => (tagOf(tag) === TEXT.tag ? TEXT : tag)),
});

function quoted(value: string): string {
  return JSON.stringify(value).replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** YAML text of plain Kubernetes objects, one document each, with the quoting of YAML 1.1. */
export function yamlText(objects: readonly object[]): string {
  return objects.map((object) => new Document(object, { schema: SCHEMA, aliasDuplicateObjects: false }).toString({ lineWidth: 0 })).join('---\n');
}
