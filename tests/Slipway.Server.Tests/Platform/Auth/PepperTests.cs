using Microsoft.Extensions.Configuration;
using Slipway.Server.Platform.Auth;
using Slipway.Server.Tests.Features.Gateway;

namespace Slipway.Server.Tests.Platform.Auth;

public sealed class PepperTests
{
    [Fact]
    public async Task All_that_start_at_once_in_one_folder_have_the_same_secret()
    {
        var nothing = new ConfigurationBuilder().Build();
        for (var round = 0; round < 50; round++)
        {
            using var site = new DataSite();
            using var begin = new Barrier(4);

            // As in containers with one volume, where every process has the same number.
            var hashes = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(() =>
            {
                begin.SignalAndWait();
                return Pepper.Of(nothing, site.Folder).HashText("key");
            }, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

            Assert.Single(hashes.Distinct());
            Assert.Equal(hashes[0], Pepper.Of(nothing, site.Folder).HashText("key"));
        }
    }
}
