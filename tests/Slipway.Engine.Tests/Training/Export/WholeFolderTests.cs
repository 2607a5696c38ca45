using Slipway.Engine.Tests.Formats;
using Slipway.Engine.Training.Export;

namespace Slipway.Engine.Tests.Training.Export;

public sealed class WholeFolderTests
{
    private const string Mark = "config.json";

    [Fact]
    public void A_folder_of_the_same_kind_is_replaced_as_a_whole()
    {
        using var folder = new TemporaryFolder();
        Write(folder, "old");
        File.WriteAllText(folder.At("model", "left over"), "");

        Write(folder, "new");

        Assert.Equal("new", File.ReadAllText(folder.At("model", Mark)));
        Assert.False(File.Exists(folder.At("model", "left over")));
    }

    [Fact]
    public void A_folder_of_somebody_else_is_not_replaced()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.At("model"));
        File.WriteAllText(folder.At("model", "thesis.txt"), "");

        var fault = Assert.Throws<IOException>(() => Write(folder, "new"));

        Assert.Contains(folder.At("model"), fault.Message, StringComparison.Ordinal);
        Assert.Equal(["thesis.txt"], Directory.GetFiles(folder.At("model")).Select(Path.GetFileName));
    }

    [Fact]
    public void A_file_in_the_way_is_not_replaced()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.At("model"), "a file");

        Assert.Throws<IOException>(() => Write(folder, "new"));

        Assert.Equal("a file", File.ReadAllText(folder.At("model")));
    }

    [Fact]
    public void A_write_that_fails_leaves_the_old_folder_and_nothing_else()
    {
        using var folder = new TemporaryFolder();
        Write(folder, "old");

        Assert.Throws<InvalidDataException>(() => WholeFolder.Write(folder.At("model"), Mark, partial =>
        {
            File.WriteAllText(Path.Combine(partial, Mark), "half");
            throw new InvalidDataException();
        }));

        Assert.Equal("old", File.ReadAllText(folder.At("model", Mark)));
        Assert.Single(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void What_a_kill_between_the_renames_moved_aside_comes_back()
    {
        using var folder = new TemporaryFolder();
        Write(folder, "old");
        Directory.Move(folder.At("model"), folder.At(".slipway-model.replaced"));
        Directory.CreateDirectory(folder.At(".slipway-model.partial"));

        Assert.Throws<InvalidDataException>(() => WholeFolder.Write(folder.At("model"), Mark, _ => throw new InvalidDataException()));

        Assert.Equal("old", File.ReadAllText(folder.At("model", Mark)));
        Assert.Single(Directory.GetFileSystemEntries(folder.Path));
    }

    private static void Write(TemporaryFolder folder, string content) =>
        WholeFolder.Write(folder.At("model"), Mark, partial => File.WriteAllText(Path.Combine(partial, Mark), content));
}
