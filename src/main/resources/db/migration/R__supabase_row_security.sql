-- Lets a signed-in Supabase user read their own rows, and nothing else, with plain supabase-js.
-- The broker fills in what it found (none, auth, auth+authenticated): "${supabase}". A change of that word changes
-- this file's checksum, so that it runs again on a database that becomes a Supabase project later.
do $block$
declare
    name text;
begin
    if '${supabase}' = 'none' then
        return;
    end if;

    -- The writer owns the tables and is not bound by policies. A table without a policy shows nothing to others:
    -- that is what the days need, since Supabase grants every new table to the browser's roles.
    for name in
        select unnest(array['inputs', 'responses', 'archive_dead', 'erased_users', 'erased_exchanges',
            'broker_projects', 'broker_api_keys', 'broker_users', 'broker_sessions', 'broker_groups',
            'broker_group_members', 'broker_chats', 'broker_chat_users', 'broker_messages', 'broker_events'])
        union all
        select c.oid::regclass::text from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent in ('inputs'::regclass, 'responses'::regclass) and c.relkind = 'r'
    loop
        execute format('alter table %s enable row level security', name);
    end loop;

    -- The sub-select makes it one call per statement instead of one per row.
    drop policy if exists own_rows on inputs;
    drop policy if exists own_rows on responses;
    if '${supabase}' = 'auth+authenticated' then
        -- The inputs of declared prompts hold the prompt, which is not the user's.
        create policy own_rows on inputs for select to authenticated
            using ((select auth.uid()) = user_id and endpoint not like '/prompts/%');
        create policy own_rows on responses for select to authenticated using ((select auth.uid()) = user_id);
        revoke all on inputs, responses, archive_dead, erased_users, erased_exchanges, broker_projects,
            broker_api_keys, broker_users, broker_sessions,
            broker_groups, broker_group_members, broker_chats, broker_chat_users, broker_messages, broker_events
            from authenticated;
        grant select on inputs, responses to authenticated;
    end if;
    if exists (select from pg_roles where rolname = 'anon') then
        revoke all on inputs, responses, archive_dead, erased_users, erased_exchanges, broker_projects,
            broker_api_keys, broker_users, broker_sessions,
            broker_groups, broker_group_members, broker_chats, broker_chat_users, broker_messages, broker_events
            from anon;
    end if;

    -- Days are those of admission, read from the id, because that is where the quota counts.
    create or replace view usage_by_day as
        select
            user_id,
            (to_timestamp(('x' || substr(replace(input_id::text, '-', ''), 1, 12))::bit(48)::bigint / 1000.0)
                at time zone 'UTC')::date as day,
            endpoint,
            model,
            count(*)               as requests,
            sum(units)             as units,
            sum(prompt_tokens)     as prompt_tokens,
            sum(completion_tokens) as completion_tokens,
            sum(cost_usd)          as cost_usd
        from responses
        where user_id = (select auth.uid())
        group by 1, 2, 3, 4;
    comment on view usage_by_day is 'The signed-in user''s own usage per day (UTC), endpoint and model.';
    -- The filter above is enough on Postgres 14; from 15 on the reader's own policies apply as well.
    if current_setting('server_version_num')::int >= 150000 then
        execute 'alter view usage_by_day set (security_invoker = true)';
    else
        execute 'alter view usage_by_day set (security_barrier = true)';
    end if;
    if exists (select from pg_roles where rolname = 'anon') then
        revoke all on usage_by_day from anon;
    end if;
    if '${supabase}' = 'auth+authenticated' then
        revoke all on usage_by_day from authenticated;
        grant select on usage_by_day to authenticated;
    end if;
end
$block$;
