using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace Slipway.Server.Platform.Database;

/// <summary>One step of the schema, as it lies in this program.</summary>
internal sealed record Migration(int Number, string Name, string Sql)
{
    private const string Folder = "migrations/";

    // MySQL has its own text of each step: its keys need a length, and it has no index over some of the rows.
    private const string MySqlFolder = "migrations.mysql/";

    private static readonly Lazy<IReadOnlyList<Migration>> Usual = new(() => Read(Folder));
    private static readonly Lazy<IReadOnlyList<Migration>> MySql = new(() => Read(MySqlFolder));

    /// <summary>Of the text without its line ends' flavour, which a checkout may change.</summary>
    public string Checksum { get; } =
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql.ReplaceLineEndings("\n"))));

    public static IReadOnlyList<Migration> AllFor(DatabaseProvider provider) =>
        provider == DatabaseProvider.MySql ? MySql.Value : Usual.Value;

    private static IReadOnlyList<Migration> Read(string folder)
    {
        var assembly = Assembly.GetExecutingAssembly();
        return [.. assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(folder, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name =>
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!, Encoding.UTF8);
                var (number, title) = (name[folder.Length..][..4], name[folder.Length..][5..]);
                return new Migration(int.Parse(number, CultureInfo.InvariantCulture), title, reader.ReadToEnd());
            })];
    }
}
