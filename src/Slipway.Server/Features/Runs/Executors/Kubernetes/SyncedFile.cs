using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Slipway.Server.Features.Runs.Executors.Kubernetes;

/// <summary>A small file that is there whole or as it was before, whenever this server dies.</summary>
internal static class SyncedFile
{
    /// <summary>Null when there is none, or none that can be understood: a machine that lost its power may leave half of one.</summary>
    public static T? Read<T>(string path, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return JsonSerializer.Deserialize(file, type);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return null;
        }
    }

    /// <param name="path">Of the file.</param>
    /// <param name="value">What it is to hold.</param>
    /// <param name="type">How that is written.</param>
    /// <param name="isDurable">Whether it must outlive the machine's sudden end too, which costs a wait for the disk.</param>
    public static void Write<T>(string path, T value, JsonTypeInfo<T> type, bool isDurable)
    {
        // A name of its own: whoever else writes at the same moment has the same to say.
        var next = $"{path}.{Guid.NewGuid():N}";
        using (var file = new FileStream(next, FileMode.CreateNew, FileAccess.Write, FileShare.Read))
        {
            JsonSerializer.Serialize(file, value, type);
            file.Flush(isDurable);
        }
        File.Move(next, path, overwrite: true);
    }
}
