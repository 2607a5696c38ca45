using System.Formats.Tar;
using Slipway.Server.Features.Runs.Executors;

namespace Slipway.Server.Tests.Features.Runs.Executors;

public sealed class OutputArchiveTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("slipway-output-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Target => Path.Combine(_root.FullName, "attempt", "output");

    [Theory]
    [InlineData("output/../../escaped")]
    [InlineData("output/a/../../../escaped")]
    [InlineData("/etc/escaped")]
    [InlineData("..")]
    [InlineData("output//escaped")]
    [InlineData("output/./escaped")]
    public async Task Names_that_lead_elsewhere_are_left_out(string name)
    {
        var tar = Tar(File("output/good"), File(name));

        var leftOut = await OutputArchive.UnpackAsync(tar, Target, quota: 1000, Token);

        Assert.Equal(1, leftOut);
        Assert.Equal(["good"], Directory.EnumerateFileSystemEntries(_root.FullName, "*", SearchOption.AllDirectories)
            .Where(System.IO.File.Exists).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData(TarEntryType.SymbolicLink)]
    [InlineData(TarEntryType.CharacterDevice)]
    [InlineData(TarEntryType.Fifo)]
    public async Task Only_files_and_folders_arrive(TarEntryType type)
    {
        var entry = new PaxTarEntry(type, "output/special");
        if (type == TarEntryType.SymbolicLink)
        {
            entry.LinkName = "/etc/passwd";
        }

        var leftOut = await OutputArchive.UnpackAsync(Tar(entry), Target, quota: 1000, Token);

        Assert.Equal(1, leftOut);
        Assert.False(Directory.Exists(Target));
    }

    [Fact]
    public async Task A_second_name_of_a_file_outside_is_left_out()
    {
        await System.IO.File.WriteAllTextAsync(Path.Combine(_root.FullName, "secret"), "s", Token);
        var entry = new PaxTarEntry(TarEntryType.HardLink, "output/stolen") { LinkName = "output/../../secret" };

        var leftOut = await OutputArchive.UnpackAsync(Tar(entry), Target, quota: 1000, Token);

        Assert.Equal(1, leftOut);
    }

    [Fact]
    public async Task More_than_the_quota_is_an_error()
    {
        var tar = Tar(File("output/a", 600), File("output/b", 600));

        var error = await Assert.ThrowsAsync<InvalidDataException>(() => OutputArchive.UnpackAsync(tar, Target, quota: 1000, Token));

        Assert.Contains("1000 bytes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unpacking_again_gives_the_same()
    {
        await OutputArchive.UnpackAsync(Tar(File("output/sub/a", 10)), Target, quota: 1000, Token);

        await OutputArchive.UnpackAsync(Tar(File("output/sub/a", 4)), Target, quota: 1000, Token);

        Assert.Equal(4, new FileInfo(Path.Combine(Target, "sub", "a")).Length);
    }

    public void Dispose() => _root.Delete(recursive: true);

    private static PaxTarEntry File(string name, int length = 3) =>
        new(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(new byte[length]) };

    private static MemoryStream Tar(params PaxTarEntry[] entries)
    {
        var stream = new MemoryStream();
        using (var tar = new TarWriter(stream, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach (var entry in entries)
            {
                tar.WriteEntry(entry);
            }
        }
        stream.Position = 0;
        return stream;
    }
}
