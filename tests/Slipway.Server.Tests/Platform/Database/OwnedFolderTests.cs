using Slipway.Server.Platform.Database;

namespace Slipway.Server.Tests.Platform.Database;

public sealed class OwnedFolderTests : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("slipway-owned-").FullName;

    [Fact]
    public async Task Who_waits_for_the_lock_is_told_once_and_has_it_after_the_one_before()
    {
        var (first, second) = (new OwnedFolder(_path), new OwnedFolder(_path));
        var told = 0;
        var held = await first.WaitForLockAsync(TimeProvider.System, () => told += 10, TestContext.Current.CancellationToken);

        var waiting = second.WaitForLockAsync(TimeProvider.System, () => told++, TestContext.Current.CancellationToken);
        var hadToWait = !waiting.IsCompleted;
        await held!.DisposeAsync();
        await using var taken = await waiting;

        Assert.NotNull(taken);
        Assert.Equal((1, true, first.Owner), (told, hadToWait, second.Owner));
    }

    [Fact]
    public async Task Who_is_told_to_wait_no_longer_has_nothing()
    {
        var (first, second) = (new OwnedFolder(_path), new OwnedFolder(_path));
        await using var held = first.TryLock();
        using var over = new CancellationTokenSource();

        var waiting = second.WaitForLockAsync(TimeProvider.System, over.Cancel, over.Token);

        Assert.Null(await waiting);
    }

    public void Dispose() => TestData.Delete(_path);
}
