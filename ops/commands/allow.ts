import { Option } from 'commander';

/** Overrules rules of the check for one change; the same words are in the trailer `Seda-Allow: RULE ENV`. */
export function allowOption(): Option {
  return new Option('--allow <rule=env...>', 'overrule a rule of the check for this change');
}
