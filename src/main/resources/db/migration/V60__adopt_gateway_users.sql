-- The older gateway (S4) kept its users in a table made by hand: users(username primary key, hashed_password, api_key).
-- Where one is found, its people get accounts here: their passwords (bcrypt) and their keys go on working. The keys
-- lay there as they are; here only their SHA-256 does. The old table is left alone: drop it when all is well.
do $block$
declare
    old     record;
    account uuid;
    grp     uuid;
    folded  text;
begin
    if (select count(*) from information_schema.columns
            where table_schema = current_schema() and table_name = 'users'
                and column_name in ('username', 'hashed_password', 'api_key')) <> 3
        or exists (select from information_schema.columns
            where table_schema = current_schema() and table_name = 'users' and column_name = 'id')
    then
        return;
    end if;
    for old in execute 'select username, hashed_password, api_key from users where username <> '''' order by username'
    loop
        account := gen_random_uuid();
        grp := gen_random_uuid();
        folded := lower(normalize(old.username, NFKC));
        -- Names that differ in case alone were two people there. The later one keeps the key, and signs in with it.
        if exists (select from broker_users where username_key = folded) then
            folded := folded || '#' || account;
        end if;
        insert into broker_users (id, username, username_key, password_hash, first_name)
            values (account, old.username, folded, old.hashed_password, split_part(old.username, '@', 1));
        insert into broker_groups (id, name, owner_id) values (grp, 'Personal', account);
        insert into broker_group_members (group_id, user_id) values (grp, account);
        if old.api_key is not null then
            insert into broker_api_keys (id, user_id, name, sha256, prefix, created_at)
                values (gen_random_uuid(), account, 'taken over', sha256(convert_to(old.api_key, 'UTF8')),
                    left(old.api_key, 9), now());
        end if;
    end loop;
end
$block$;
