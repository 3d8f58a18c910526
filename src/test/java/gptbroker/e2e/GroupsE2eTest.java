package gptbroker.e2e;

import static gptbroker.e2e.Talker.ids;
import static gptbroker.e2e.Talker.ok;
import static gptbroker.e2e.Talker.texts;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import gptbroker.testing.TestPostgres;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Groups: S1.48 to S1.53. */
class GroupsE2eTest {
    private static Rig rig;

    @BeforeAll
    static void start() {
        rig = Rig.start(Map.of("ADDRESS_RATE_LIMIT", "0"));
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    private static String group(Talker owner, Talker... members) {
        return owner.ok("/group/create", "name", "team", "members", ids(members))
                .path("id")
                .textValue();
    }

    private static List<String> members(Talker talker, String group) {
        return texts(talker.ok("/group/members", "id", group).path("users"), "id");
    }

    @Test
    void everybodyBeginsWithAGroupOfTheirOwn() {
        var talker = new Talker(rig);
        JsonNode groups = ok(talker.get("/group/index")).path("groups");
        assertThat(texts(groups, "name")).containsExactly("Personal");
        assertThat(groups.at("/0/owner_id").textValue()).isEqualTo(talker.id.toString());
        assertThat(members(talker, groups.at("/0/id").textValue())).containsExactlyElementsOf(ids(talker));
    }

    @Test
    void createMakesTheCallerOwnerAndMember() {
        var owner = new Talker(rig);
        var member = new Talker(rig);
        JsonNode group = ok(owner.form(
                "/group/create", "name", "team", "description", "us", "members", member.id + "," + member.id));
        assertThat(group.path("owner_id").textValue()).isEqualTo(owner.id.toString());
        assertThat(group.path("description").textValue()).isEqualTo("us");
        assertThat(group.path("DeletedAt").isNull()).isTrue();
        String id = group.path("id").textValue();
        assertThat(members(member, id)).containsExactlyInAnyOrderElementsOf(ids(owner, member));
        assertThat(texts(member.ok("/group/index", "{}").path("groups"), "id")).contains(id);
        assertThat(ok(member.get("/group/read?id=" + id))).isEqualTo(group);
        owner.refused(400, "parameter_invalid", "/group/create", "name", "x".repeat(31));
        owner.refused(400, "parameter_invalid", "/group/create", "name", "");
        owner.refused(400, "parameter_invalid", "/group/create", "name", "x", "description", "x".repeat(257));
        owner.refused(404, "user_not_found", "/group/create", "name", "x", "members", List.of(UUID.randomUUID()));
    }

    @Test
    void updateReplacesBothForItsOwner() {
        var owner = new Talker(rig);
        var member = new Talker(rig);
        String group = group(owner, member);
        JsonNode changed = owner.ok("/group/update", "id", group, "name", "new", "description", "d");
        assertThat(changed.path("name").textValue()).isEqualTo("new");
        assertThat(owner.ok("/group/update", "group_id", group, "name", "newer")
                        .path("description")
                        .textValue())
                .isEmpty();
        member.refused(403, "not_owner", "/group/update", "id", group, "name", "x");
        assertThat(member.ok("/group/read", "id", group).path("name").textValue())
                .isEqualTo("newer");
    }

    @Test
    void deleteTakesTheChatsWithIt() {
        var owner = new Talker(rig);
        var member = new Talker(rig);
        String group = group(owner, member);
        String chat = member.ok("/chat/create", "group_id", group).path("id").textValue();
        member.says(chat, "x");
        member.refused(403, "not_owner", "/group/delete", "id", group);
        assertThat(owner.ok("/group/delete", "id", group).at("/group/id").textValue())
                .isEqualTo(group);
        member.refused(404, "not_found", "/chat/read", "id", chat);
        owner.refused(404, "group_not_found", "/group/read", "id", group);
        owner.refused(404, "group_not_found", "/group/delete", "id", group);
    }

    @Test
    void membersAreAddedAllOrNone() {
        var owner = new Talker(rig);
        var a = new Talker(rig);
        var b = new Talker(rig);
        String group = group(owner);
        owner.refused(
                404,
                "user_not_found",
                "/group/members/add",
                "group_id",
                group,
                "user_ids",
                List.of(a.id, UUID.randomUUID()));
        assertThat(members(owner, group)).containsExactlyElementsOf(ids(owner));
        ok(owner.form("/group/members/add", "id", group, "user_ids", a.id.toString(), "user_ids", b.id.toString()));
        ok(owner.form("/group/members/add", "group_id", group, "user_ids", a.id + "," + b.id));
        assertThat(members(a, group)).containsExactlyInAnyOrderElementsOf(ids(owner, a, b));
        a.refused(403, "not_owner", "/group/members/add", "group_id", group, "user_ids", List.of(b.id));
        owner.refused(400, "members_missing", "/group/members/add", "group_id", group);
    }

    @Test
    void membersLeaveAndAreRemoved() {
        var owner = new Talker(rig);
        var a = new Talker(rig);
        var b = new Talker(rig);
        var c = new Talker(rig);
        String group = group(owner, a, b);
        a.refused(403, "only_self", "/group/members/remove", "group_id", group, "user_ids", List.of(b.id));
        a.refused(403, "only_self", "/group/members/remove", "group_id", group, "user_ids", List.of(a.id, b.id));
        owner.refused(400, "owner_stays", "/group/members/remove", "group_id", group, "user_ids", List.of(owner.id));
        owner.refused(400, "members_missing", "/group/members/remove", "group_id", group);
        owner.refused(
                404, "user_not_found", "/group/members/remove", "group_id", group, "user_ids", List.of(a.id, c.id));
        assertThat(members(owner, group)).containsExactlyInAnyOrderElementsOf(ids(owner, a, b));
        ok(a.form("/group/members/remove", "id", group, "user_id", a.id.toString()));
        a.refused(404, "group_not_found", "/group/read", "id", group);
        owner.ok("/group/members/remove", "group_id", group, "user_ids", List.of(b.id));
        assertThat(members(owner, group)).containsExactlyElementsOf(ids(owner));
    }

    @Test
    void nobodyFillsTheDatabase() {
        var owner = new Talker(rig);
        var other = new Talker(rig);
        String group = group(owner);
        String chat = owner.chat();
        TestPostgres.execute(
                rig.database(),
                "insert into broker_users (id, external_id) select id, id from"
                        + " (select gen_random_uuid() as id from generate_series(1, 999)) made",
                "insert into broker_group_members select '" + group + "', id from broker_users"
                        + " where id not in (select user_id from broker_group_members) limit 999",
                "insert into broker_chat_users select '" + chat + "', user_id from broker_group_members"
                        + " where group_id = '" + group + "' on conflict do nothing",
                "insert into broker_groups (id, name, owner_id) select gen_random_uuid(), 'x', '" + owner.id
                        + "' from generate_series(1, 998)",
                "insert into broker_chats (id, name, model, user_id, group_id) select gen_random_uuid(), 'x', 'gpt-3', '"
                        + owner.id + "', '" + group + "' from generate_series(1, 9999)");
        owner.refused(409, "too_many", "/group/members/add", "id", group, "user_ids", List.of(other.id));
        owner.refused(409, "too_many", "/chat/user/add", "chat_id", chat, "user_id", other.id);
        owner.refused(409, "too_many", "/group/create", "name", "one more");
        owner.refused(409, "too_many", "/chat/create", "name", "one more");
        other.refused(404, "group_not_found", "/group/read", "id", group);
    }

    @Test
    void whoLeavesAGroupLeavesItsChats() {
        var owner = new Talker(rig);
        var member = new Talker(rig);
        String group = group(owner, member);
        String theirs = member.ok("/chat/create", "group_id", group).path("id").textValue();
        String joined = owner.ok("/chat/create", "group_id", group).path("id").textValue();
        owner.ok("/chat/user/add", "chat_id", joined, "user_id", member.id);
        member.ok("/group/members/remove", "group_id", group, "user_ids", List.of(member.id));
        for (String chat : List.of(theirs, joined)) {
            member.refused(404, "not_found", "/chat/read", "id", chat);
            member.refused(404, "not_found", "/chat/prompt", "id", chat, "prompt", "x");
            member.refused(404, "not_found", "/chat/update", "id", chat, "name", "x");
        }
        owner.ok("/group/members/add", "group_id", group, "user_ids", List.of(member.id));
        assertThat(member.read(theirs).at("/chat/id").textValue()).isEqualTo(theirs);
        member.refused(404, "not_found", "/chat/read", "id", joined);
    }
}
