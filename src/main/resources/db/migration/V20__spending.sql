-- What a call has used up: its tokens in detail, and their price. cost_usd is there from V1 on.

alter table responses
    add column cached_tokens    bigint,
    add column reasoning_tokens bigint,
    add column charged_tokens   bigint,
    add column price_date       date,
    add column usage_estimated  boolean not null default false;

comment on column responses.prompt_tokens is
    'As the provider counted, or, with usage_estimated, as the broker did; null when nobody knows, which is not 0.';
comment on column responses.cached_tokens is
    'Those of the prompt that the provider had in its cache; null when it did not say.';
comment on column responses.reasoning_tokens is
    'Those of the answer that nobody sees; null when the provider did not say.';
comment on column responses.charged_tokens is
    'What counts of a daily token limit: prompt and answer together; while the call is open, or when its broker has '
    'died, what was held for it. Null when nothing counts, or nobody knows.';
comment on column responses.cost_usd is
    'charged_tokens at the price of price_date, in US dollars to the billionth; null when the model has no price.';
comment on column responses.price_date is 'The day since when the price that was taken holds.';
comment on column responses.usage_estimated is
    'The tokens are the broker''s own count: the provider did not tell, because the call was broken off.';
