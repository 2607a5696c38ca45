using System.Collections;
using System.IO.Enumeration;

namespace Slipway.Server.Processes;

/// <summary>What a child gets of this server's environment: everything but our secrets and our own settings.</summary>
internal static class ChildEnvironment
{
    private static readonly string[] Kept =
    [
        // Settings: a section and a key of our configuration.
        "*__*", "SLIPWAY_*", "ASPNETCORE_*", "KESTREL*", "OTEL_*",
        // How we ourselves are to run; DOTNET_ROOT is for everybody.
        "DOTNET_SYSTEM_NET_*", "DOTNET_gc*", "DOTNET_Tiered*", "DOTNET_ENVIRONMENT", "COMPlus_*",
        // Secrets, by the names that people give them.
        "AWS_*", "*_KEY", "*_KEYS", "*APIKEY*", "*_TOKEN", "*_TOKENS", "*SECRET*", "*PASSWORD*", "*PASSWD*", "*_PASS", "*CREDENTIAL*",
        // Addresses that carry a password.
        "TRAINING_DB_URL", "*DATABASE_URL", "*_DSN", "*REDIS_URL",
    ];

    /// <param name="ours">Names and values.</param>
    /// <param name="passed">Names, with * and ?, that pass whatever they look like.</param>
    public static Dictionary<string, string> Of(IDictionary ours, IReadOnlyList<string> passed) =>
        ours.Cast<DictionaryEntry>()
            .Select(entry => (Name: (string)entry.Key, Value: (string)entry.Value!))
            .Where(variable => Matches(variable.Name, passed) || !Matches(variable.Name, Kept))
            .ToDictionary(variable => variable.Name, variable => variable.Value);

    private static bool Matches(string name, IEnumerable<string> patterns) =>
        patterns.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: true));
}
