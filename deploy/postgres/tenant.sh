#!/bin/sh
# Makes a tenant's role and database as its DATABASE_URL says, or does nothing when that names another server. Runs at
# every start, so a changed password is taken over. Talks to Postgres by its socket, where the administrator needs no
# password; the tenants do not have that socket.
set -eu
url=$(sed -n 's/^[[:space:]]*DATABASE_URL[[:space:]]*=[[:space:]]*//p' /run/tenant.env | tail -n 1 | tr -d "\r\"'" | sed 's/[[:space:]]*$//')
case $url in
  postgres://*:*@postgres[:/]* | postgresql://*:*@postgres[:/]*) ;;
  '') echo "DATABASE_URL is not set in .env.$TENANT; expected postgresql://$TENANT:<password>@postgres:5432/$TENANT" >&2; exit 1 ;;
  *) echo "The archive of $TENANT is on another server; nothing to do here"; exit 0 ;;
esac
rest=${url#*://}
role=${rest%%:*}
password=${rest#*:}
password=${password%@postgres*}
database=${rest##*/}
database=${database%%\?*}
for name in "$role" "$database"; do
  case $name in
    "$TENANT") ;;
    *) echo "DATABASE_URL in .env.$TENANT: role and database must both be named $TENANT" >&2; exit 1 ;;
  esac
done
case $password in
  *%*) echo "DATABASE_URL in .env.$TENANT: expected a password of letters, digits and . _ ~ - alone" >&2; exit 1 ;;
esac

# The user is named because the one that runs this may have no name in the image.
tries=0
until pg_isready -q -h /var/run/postgresql -U postgres -d postgres; do
  tries=$((tries + 1))
  [ "$tries" -lt 60 ] || { echo "Postgres does not answer on its socket" >&2; exit 1; }
  sleep 1
done
# psql quotes the variables; only the tenant itself may connect to its database.
PASSWORD=$password psql -q -h /var/run/postgresql -U postgres -d postgres -v ON_ERROR_STOP=1 -v name="$TENANT" <<'SQL'
\getenv password PASSWORD
SELECT format('CREATE ROLE %I LOGIN', :'name')
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'name') \gexec
ALTER ROLE :"name" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION CONNECTION LIMIT 40 PASSWORD :'password';
SELECT format('CREATE DATABASE %I OWNER %I TEMPLATE template0 ENCODING UTF8 LOCALE %L', :'name', :'name', 'C')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC;
SQL
echo "The archive of $TENANT is ready"
