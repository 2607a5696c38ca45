using System.Security.Cryptography;
using System.Text;
using Slipway.Server.Platform.Database;

namespace Slipway.Server.Features.Runs;

/// <summary>With what a run reports its own progress, and nothing else. Its text is in the run's folder, its hash in the database.</summary>
internal static class RunToken
{
    private const string FileName = "token";

    /// <summary>Makes one and returns its hash.</summary>
    public static string Make(RunFolders folders, string runId)
    {
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        var path = Path.Combine(folders.Of(runId), FileName);
        DataFolder.MakeFile(path);
        File.WriteAllText(path, token);
        return Hash(token);
    }

    /// <summary>Null before it was made.</summary>
    public static string? Of(RunFolders folders, string runId) =>
        Path.Combine(folders.Of(runId), FileName) is var path && File.Exists(path) ? File.ReadAllText(path) : null;

    public static bool Matches(string token, string hash) =>
        CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Hash(token)), Encoding.ASCII.GetBytes(hash));

    private static string Hash(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
