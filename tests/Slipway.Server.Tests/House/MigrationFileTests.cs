using System.Text.RegularExpressions;

namespace Slipway.Server.Tests.House;

public sealed partial class MigrationFileTests
{
    private const string Folder = "src/Slipway.Server/Platform/Database/Migrations";

    [Fact]
    public void Every_step_of_the_schema_has_a_twin_for_MySQL()
    {
        Assert.Equal(Names(Folder), Names($"{Folder}/MySql"));
    }

    [Fact]
    public void Every_step_has_a_number_of_its_own()
    {
        Assert.All(Names(Folder), name => Assert.Matches(@"^\d{4}_[a-z_]+\.sql$", name));
        Assert.Distinct(Names(Folder).Select(name => name[..4]));
    }

    /// <summary>MySQL keeps half a step when a server is killed in it; the next one begins the step again.</summary>
    [Fact]
    public void For_MySQL_every_statement_bears_being_repeated()
    {
        Assert.All(Names($"{Folder}/MySql"), name => Assert.All(
            Statements(Sources.Read($"{Folder}/MySql/{name}")),
            statement => Assert.Matches("^(create table if not exists |alter table .* if (not )?exists |insert into .*on duplicate key update |update |delete )", statement)));
    }

    [Fact]
    public void For_MySQL_every_table_holds_every_character_and_tells_them_apart()
    {
        Assert.All(Names($"{Folder}/MySql"), name => Assert.All(
            Statements(Sources.Read($"{Folder}/MySql/{name}")).Where(statement => statement.StartsWith("create table", StringComparison.Ordinal)),
            statement => Assert.EndsWith(") character set utf8mb4 collate utf8mb4_bin", statement, StringComparison.Ordinal)));
    }

    private static List<string> Names(string folder) =>
        [.. Directory.GetFiles(Path.Combine(Sources.Root, folder), "*.sql").Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal)];

    private static IEnumerable<string> Statements(string sql) => Comment().Replace(sql, "").Split(';')
        .Select(statement => Space().Replace(statement, " ").Trim()).Where(statement => statement.Length > 0);

    [GeneratedRegex("--.*")]
    private static partial Regex Comment();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
