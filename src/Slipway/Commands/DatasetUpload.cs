using System.CommandLine;
using System.Security.Cryptography;
using Slipway.Client;
using Slipway.Client.Datasets;
using Slipway.Terminal;

namespace Slipway.Commands;

/// <summary><c>slipway datasets upload</c>: files that arrive whole, however often the way there breaks.</summary>
internal static class DatasetUpload
{
    private const string Teaching = """
        Upload files to a dataset and compare their hashes. A connection that breaks is made again; a command that was ended goes on
        where it was when it is given again, from the same machine and to the same server.

          slipway datasets upload support-v1 train.jsonl eval.jsonl
          slipway datasets upload support-v1 train.jsonl --no-resume
        """;

    private static readonly Argument<string[]> Files = new("FILE") { Description = "Its folder is not told to anybody.", Arity = ArgumentArity.OneOrMore };
    private static readonly Option<bool> NoResume = new("--no-resume") { Description = "Begin anew; what came of it before is given up." };

    public static Command Create() => RemoteServer.Verb("upload", Teaching, [DatasetsCommand.Dataset, Files, NoResume], RunAsync);

    private static async Task<int> RunAsync(SlipwayClient client, ParseResult arguments, CancellationToken cancellationToken)
    {
        var paths = arguments.GetRequiredValue(Files);
        if (paths.FirstOrDefault(path => !File.Exists(path)) is { } missing)
        {
            throw new ArgumentException($"There is no file '{missing}'.");
        }
        using var signals = new StopSignals(() => Console.Error.WriteLine("Broken off; the same command goes on from here."));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, signals.Token);
        var dataset = await client.GetDatasetAsync(arguments.GetRequiredValue(DatasetsCommand.Dataset), stop.Token);
        foreach (var path in paths)
        {
            await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0, useAsync: true);
            var note = UploadNote.Of(dataset.Id, file);
            var uploadId = await BeginAsync(client, dataset, file, note, arguments.GetValue(NoResume), stop.Token);
            var arrived = await SendAsync(client, dataset, file, uploadId, stop.Token);
            note.Forget();
            if (arguments.GetValue(RemoteServer.Json))
            {
                JsonLines.WriteAnswer(arrived);
            }
            else
            {
                await Console.Out.WriteLineAsync(arrived.UploadId);
                await Console.Error.WriteLineAsync($"{path} is in {dataset.Name}: {Wording.Bytes(arrived.Bytes)}, SHA-256 {arrived.Sha256}.");
            }
        }
        return CommandLine.Success;
    }

    private static async Task<string> BeginAsync(
        SlipwayClient client, DatasetDetail dataset, FileStream file, UploadNote note, bool isNew, CancellationToken cancellationToken)
    {
        if (note.Find() is { } known && await client.GetUploadOffsetAsync(known.UploadId, cancellationToken) is { } offset && offset < file.Length)
        {
            if (known.IsSame && !isNew)
            {
                await Console.Error.WriteLineAsync($"Going on with {Path.GetFileName(file.Name)} at {Wording.Bytes(offset)} of {Wording.Bytes(file.Length)}.");
                return known.UploadId;
            }
            await client.AbortUploadAsync(known.UploadId, cancellationToken);
        }
        var upload = await client.BeginUploadAsync(dataset.Id, Path.GetFileName(file.Name), file.Length, cancellationToken: cancellationToken);
        note.Keep(upload.UploadId);
        return upload.UploadId;
    }

    private static async Task<DatasetFile> SendAsync(
        SlipwayClient client, DatasetDetail dataset, FileStream file, string uploadId, CancellationToken cancellationToken)
    {
        // Beside the upload, over pages that are in memory anyway; before it, a large file would be read from the disk twice.
        var hashing = HashAsync(file.Name, cancellationToken);
        await TransferBar.RunAsync(Path.GetFileName(file.Name), file.Length, async progress =>
        {
            await client.ContinueUploadAsync(uploadId, file, progress, cancellationToken);
            return 0;
        });
        var hash = await hashing;
        var arrived = (await client.GetDatasetAsync(dataset.Id, cancellationToken)).Files.FirstOrDefault(one => one.UploadId == uploadId)
            ?? throw new CommandException($"'{file.Name}' was removed from {dataset.Name} as soon as it had arrived.");
        if (arrived.Sha256 != hash)
        {
            await client.AbortUploadAsync(uploadId, cancellationToken);
            throw new CommandException(
                $"'{file.Name}' arrived with the SHA-256 {arrived.Sha256}, but has {hash}: it was changed while it was sent. It is removed again; upload it anew.");
        }
        return arrived;
    }

    private static async Task<string> HashAsync(string path, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 20, useAsync: true);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken));
    }
}
