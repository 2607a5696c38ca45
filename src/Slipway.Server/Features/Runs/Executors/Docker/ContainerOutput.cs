using System.Formats.Tar;
using System.Globalization;

namespace Slipway.Server.Features.Runs.Executors.Docker;

/// <summary>Reads single files of an attempt in a container.</summary>
internal static class ContainerOutput
{
    private const int BlockSize = 64 * 1024;
    private const int BlocksPerCall = 256;
    private const string OutputName = "output.log";

    /// <summary>Appends to <paramref name="target"/> what the output file has beyond its length.</summary>
    public static async Task AppendAsync(
        DockerEngine engine, ContainerView container, string folder, string target, DockerOptions options, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(
            target, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0, FileOptions.Asynchronous);
        if (!container.State.CanRunCommands)
        {
            await AppendFromArchiveAsync(engine, container.Id, folder, file, cancellationToken);
            return;
        }
        long got;
        do
        {
            // In whole blocks: only those can be skipped without reading them.
            var surplus = (int)(file.Position % BlockSize);
            string[] command =
            [
                "dd", $"if={folder}/{OutputName}", $"bs={BlockSize}", $"count={BlocksPerCall}",
                string.Create(CultureInfo.InvariantCulture, $"skip={file.Position / BlockSize}"),
            ];
            got = 0;
            await engine.RunAsync(container.Id, command, null, async bytes =>
            {
                var known = (int)Math.Clamp(surplus - got, 0, bytes.Length);
                got += bytes.Length;
                await file.WriteAsync(bytes[known..], cancellationToken);
            }, options.Timeout, cancellationToken);
        }
        while (got == BlocksPerCall * BlockSize);
    }

    /// <summary>The exit code that an attempt has left in a container which does not run; null without one.</summary>
    public static async Task<int?> ReadExitAsync(DockerEngine engine, string container, string folder, CancellationToken cancellationToken)
    {
        const int LongestExit = 64;
        int? code = null;
        await engine.GetArchiveAsync(container, $"{folder}/exit", async (tar, token) =>
        {
            await using var reader = new TarReader(tar, leaveOpen: true);
            if (await reader.GetNextEntryAsync(copyData: false, token) is { DataStream: { } data, Length: < LongestExit })
            {
                using var text = new StreamReader(data);
                code = int.TryParse((await text.ReadToEndAsync(token)).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                    && number <= byte.MaxValue ? number : null;
            }
        }, cancellationToken);
        return code;
    }

    private static async Task AppendFromArchiveAsync(
        DockerEngine engine, string container, string folder, FileStream file, CancellationToken cancellationToken) =>
        await engine.GetArchiveAsync(container, $"{folder}/{OutputName}", async (tar, token) =>
        {
            await using var reader = new TarReader(tar, leaveOpen: true);
            if (await reader.GetNextEntryAsync(copyData: false, token) is { DataStream: { } data } entry && entry.Length > file.Position)
            {
                var buffer = new byte[BlockSize];
                for (var left = file.Position; left > 0;)
                {
                    left -= await data.ReadAtLeastAsync(buffer.AsMemory(0, (int)Math.Min(left, buffer.Length)), 1, cancellationToken: token);
                }
                await data.CopyToAsync(file, token);
            }
        }, cancellationToken);
}
