/** The exchange: which message asks, which answers, and which variant answers which. */
import type { Reporter } from '../report/diagnostics.js';
import type { Exchange, Message, Variant } from '../model/protocol.js';
import type { SourceMap } from './source.js';
import { Keys, type KeyRules } from './keys.js';
import type { Messages } from './messages.js';
import { meant } from './suggest.js';
import type { Text } from './values.js';
import type { Answered } from './variants.js';

const rules: KeyRules = {
  what: '`exchange`',
  known: ['request', 'response', 'error'],
  owner: 'vmwire',
};

/** `names` are those of all types, broken ones included. */
export function readExchange(
  map: SourceMap,
  { messages }: Messages,
  names: ReadonlySet<string>,
  report: Reporter,
): Exchange | undefined {
  const keys = new Keys(map, rules, report);
  keys.need('request', 'it names the message that asks');
  keys.need('response', 'it names the message that answers');
  keys.need('error', 'it names the variant of the response that reports an error');
  const named = (key: string): Message | undefined => {
    const name = keys.text(key);
    const message = messages.find((candidate) => candidate.name === name?.text);
    if (name === undefined || message !== undefined) return message;
    // A message that could not be understood has been reported already.
    if (names.has(name.text) && report.failed) return undefined;
    const hint = meant(
      name.text,
      messages.map((known) => known.name),
    );
    report.error('VW060', name.location, `there is no message \`${name.text}\``, hint);
    return undefined;
  };
  const request = named('request');
  const response = named('response');
  if (request !== undefined && request === response) {
    const hint = 'a request and a response are two messages, even if their structs are alike';
    report.error('VW060', keys.locate('response'), 'the request answers itself', hint);
    return undefined;
  }
  const errorName = keys.text('error');
  const error = response && errorName && findError(errorName, response, report);
  return request && response && error && { request, response, error };
}

function findError(name: Text, response: Message, report: Reporter): Variant | undefined {
  const error = response.variants.find((variant) => variant.name === name.text);
  if (error === undefined) {
    const message = `\`${response.name}\` has no variant \`${name.text}\``;
    const hint = meant(
      name.text,
      response.variants.map((variant) => variant.name),
    );
    report.error('VW061', name.location, message, hint);
  }
  return error;
}

function checkAnswer(
  { variant, response }: Answered,
  exchange: Exchange,
  answers: ReadonlyMap<string, Variant>,
  report: Reporter,
): void {
  if (response === undefined) {
    const message = `nothing says which response answers \`${variant.name}\``;
    const hint = 'say it: `response: NAME`; as it is, only an error is a typed answer';
    report.warning('VW065', variant.location, message, hint);
    return;
  }
  const { text: name, location } = response;
  if (name === exchange.error.name) {
    const hint = 'every request may fail; name the response of one that succeeds';
    report.error('VW062', location, `\`${name}\` reports errors`, hint);
  } else if (!answers.has(name)) {
    const message = `\`${exchange.response.name}\` has no variant \`${name}\``;
    report.error('VW062', location, message, meant(name, answers.keys()));
  }
}

/** `exchange` is undefined if the schema has none. */
export function checkAnswers(
  { answered }: Messages,
  exchange: Exchange | undefined,
  report: Reporter,
): void {
  const answers = new Map(exchange?.response.variants.map((variant) => [variant.name, variant]));
  for (const [message, variants] of answered) {
    for (const one of variants) {
      if (exchange !== undefined && message === exchange.request) {
        checkAnswer(one, exchange, answers, report);
      } else if (one.response !== undefined) {
        const text = `\`${message.name}\` is not the request of an exchange`;
        const hint = 'remove `response`, or name the message under `exchange`';
        report.error('VW066', one.response.location, text, hint);
      }
    }
  }
}
