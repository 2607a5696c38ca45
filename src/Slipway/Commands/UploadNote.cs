using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Slipway.Commands;

/// <summary>
/// What this machine remembers of an upload until it is whole, so that the same command goes on with it: by dataset, file name and
/// size. A file that was written meanwhile is another one.
/// </summary>
internal sealed class UploadNote
{
    private const int LargestNote = 1024;

    private readonly string _path;
    private readonly long _changedAt;

    private UploadNote(string path, long changedAt) => (_path, _changedAt) = (path, changedAt);

    public static UploadNote Of(string datasetId, FileStream file)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{datasetId}\n{Path.GetFileName(file.Name)}\n{file.Length}");
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
        return new UploadNote(Path.Combine(Folder(), hash), File.GetLastWriteTimeUtc(file.Name).Ticks);
    }

    /// <summary>The upload's id, and whether the file is still the one that was sent; null when there is none.</summary>
    public (string UploadId, bool IsSame)? Find()
    {
        try
        {
            var file = new FileInfo(_path);
            var content = file.Exists && file.Length <= LargestNote ? JsonSerializer.Deserialize<Content>(File.ReadAllBytes(_path)) : null;
            return content is null ? null : (content.UploadId, content.ChangedAt == _changedAt);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    public void Keep(string uploadId)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
            File.WriteAllBytes(_path + ".new", JsonSerializer.SerializeToUtf8Bytes(new Content(uploadId, _changedAt)));
            File.Move(_path + ".new", _path, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"If this command is ended, it cannot go on later: {exception.Message}");
        }
    }

    public void Forget()
    {
        try
        {
            File.Delete(_path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It names an upload that is complete, and is found to be.
        }
    }

    // Where programs keep what may be lost.
    private static string Folder() => Path.Combine(
        Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { Length: > 0 } state ? state
            : OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state"),
        "slipway", "uploads");

    private sealed record Content(string UploadId, long ChangedAt);
}
