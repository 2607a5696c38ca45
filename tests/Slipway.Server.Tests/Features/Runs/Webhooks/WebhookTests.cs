using System.Text;
using Dapper;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Server.Features.Runs.Webhooks;
using Slipway.Server.Platform.Database;
using Slipway.Server.Tests.Features.Gateway;

namespace Slipway.Server.Tests.Features.Runs.Webhooks;

public sealed class WebhookTests
{
    private const string Body = """{"run_id":"run-1","project":"微调","status":"succeeded"}""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_ended_run_is_told_with_a_signature_that_verifies()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var server = await StartAsync(receiver);

        await EndRunAsync(server);
        await UntilAsync(server, () => receiver.Deliveries.Count > 0);

        var delivery = receiver.Deliveries[0];
        Assert.Equal(("POST", "/hook", Body), (delivery.Method, delivery.Path, delivery.Body));
        Assert.True(delivery.IsSigned);
        Assert.Equal("succeeded", delivery.Headers["X-Slipway-Event"]);
        Assert.Equal("application/json; charset=utf-8", delivery.Headers["Content-Type"]);
        Assert.True(Guid.TryParse(delivery.Id, out _));
        Assert.DoesNotContain("traceparent", delivery.Headers.Keys, StringComparer.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task What_is_not_taken_is_sent_again_under_the_same_id()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        receiver.Answer = (context, number) =>
        {
            context.Response.StatusCode = number < 4 ? 500 : 204;
            return Task.CompletedTask;
        };
        await using var server = await StartAsync(receiver);

        await EndRunAsync(server);
        await UntilAsync(server, async () => await WaitingRowsAsync(server) == 0);

        Assert.Equal(4, receiver.Deliveries.Count);
        Assert.Single(receiver.Deliveries.Select(delivery => delivery.Id).Distinct());
        Assert.All(receiver.Deliveries, delivery => Assert.True(delivery.IsSigned));
    }

    [Fact]
    public async Task Only_the_ends_that_were_asked_for_are_told()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var server = await StartAsync(receiver, "--Training:Webhooks:0:Events:0=failed", "--Training:Webhooks:0:Events:1=lost");

        await EndRunAsync(server, "succeeded");
        await EndRunAsync(server, "cancelled");
        await EndRunAsync(server, "lost");
        await UntilAsync(server, async () => await WaitingRowsAsync(server) == 0);

        Assert.Equal("lost", Assert.Single(receiver.Deliveries).Headers["X-Slipway-Event"]);
    }

    [Fact]
    public async Task An_end_that_was_not_noted_is_not_told()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var server = await StartAsync(receiver);
        var outbox = server.Services.GetRequiredService<WebhookOutbox>();

        await Assert.ThrowsAsync<InvalidOperationException>(() => Database(server).WriteAsync<int>(async transaction =>
        {
            await outbox.AddAsync(transaction, "failed", "run-1", Body);
            throw new InvalidOperationException("The run's own row could not be written.");
        }, Token));

        Assert.Equal(0, await WaitingRowsAsync(server));
    }

    [Fact]
    public async Task What_was_not_delivered_yet_survives_a_restart()
    {
        using var site = new DataSite();
        int port;
        await using (var gone = await WebhookReceiver.StartAsync())
        {
            port = gone.Port;
        }
        var settings = new[] { $"--SLIPWAY_DATA={site.Path}", $"--Training:Webhooks:0:Url=http://127.0.0.1:{port}/hook" };
        await using (var first = await StartAsync(null, settings))
        {
            await EndRunAsync(first);
            await UntilAsync(first, () => first.Log.Lines.Any(line => line.EventId == 2591));
            await first.StopAsync();
        }

        await using var receiver = await WebhookReceiver.StartAsync(port);
        await using var second = await StartAsync(null, settings);
        await UntilAsync(second, () => receiver.Deliveries.Count > 0);

        Assert.True(receiver.Deliveries[0].IsSigned);
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("ip6-localhost")]
    public async Task A_name_of_a_private_address_is_not_called_without_leave(string host)
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var server = await StartAsync(
            null, $"--Training:Webhooks:0:Url=http://{host}:{receiver.Port}/hook", "--Training:Webhooks:0:AllowPrivate=false");

        await EndRunAsync(server);
        await UntilAsync(server, () => server.Log.Lines.Any(line => line.EventId == 2591));

        Assert.Matches("private network|no connection", server.Log.Lines.First(line => line.EventId == 2591).Message);
        Assert.Empty(receiver.Deliveries);
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        receiver.Answer = (context, _) =>
        {
            context.Response.Redirect("/elsewhere", permanent: false, preserveMethod: true);
            return Task.CompletedTask;
        };
        await using var server = await StartAsync(receiver);

        await EndRunAsync(server);
        await UntilAsync(server, () => receiver.Deliveries.Count > 1);

        Assert.All(receiver.Deliveries, delivery => Assert.Equal("/hook", delivery.Path));
        Assert.Contains("it answered 307", server.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_receiver_that_never_answers_is_left_after_the_limit()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        receiver.Answer = (context, number) => number > 1 ? Task.CompletedTask : Task.Delay(Timeout.Infinite, context.RequestAborted);
        await using var server = await StartAsync(receiver, "--Training:WebhookDelivery:Timeout=00:00:00.3");

        await EndRunAsync(server);
        await UntilAsync(server, async () => await WaitingRowsAsync(server) == 0);

        Assert.Contains("it did not answer within 0.3 s", server.Log.Text, StringComparison.Ordinal);
        // An answer that is late itself is asked for again.
        Assert.InRange(receiver.Deliveries.Count, 2, 10);
        Assert.Single(receiver.Deliveries.Select(delivery => delivery.Id).Distinct());
    }

    [Fact]
    public async Task An_answer_without_end_is_not_read()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        receiver.Answer = async (context, _) =>
        {
            while (true)
            {
                await context.Response.Body.WriteAsync(new byte[1 << 16], context.RequestAborted);
            }
        };
        await using var server = await StartAsync(receiver);

        await EndRunAsync(server);
        await UntilAsync(server, async () => await WaitingRowsAsync(server) == 0);

        Assert.Single(receiver.Deliveries);
    }

    [Fact]
    public async Task A_delivery_is_given_up_in_the_end()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        receiver.Answer = (context, _) =>
        {
            context.Response.StatusCode = 503;
            return Task.CompletedTask;
        };
        await using var server = await StartAsync(receiver, "--Training:WebhookDelivery:GiveUpAfter=00:00:01");

        await EndRunAsync(server);
        await UntilAsync(server, () => server.Log.Lines.Any(line => line.EventId == 2592)); // The row goes just before it.

        Assert.Equal(0, await WaitingRowsAsync(server));
        Assert.Contains("is given up after attempt", server.Log.Lines.Single(line => line.EventId == 2592).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_does_not_answer_keeps_no_other_waiting()
    {
        await using var stuck = await WebhookReceiver.StartAsync();
        stuck.Answer = (context, _) => Task.Delay(Timeout.Infinite, context.RequestAborted);
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var server = await StartAsync(
            stuck, $"--Training:Webhooks:1:Url={receiver.Url}", $"--Training:Webhooks:1:Secret={WebhookReceiver.Secret}", "--Training:Webhooks:1:AllowPrivate=true");

        for (var i = 0; i < 8; i++)
        {
            await EndRunAsync(server);
        }
        await UntilAsync(server, () => receiver.Deliveries.Count == 8);

        Assert.All(receiver.Deliveries, delivery => Assert.True(delivery.IsSigned));
    }

    [Fact]
    public async Task No_secret_is_in_the_log_or_the_database()
    {
        using var site = new DataSite();
        await using var receiver = await WebhookReceiver.StartAsync();
        receiver.Answer = (context, number) =>
        {
            context.Response.StatusCode = number == 1 ? 500 : 200;
            return Task.CompletedTask;
        };
        await using var server = await StartAsync(receiver, $"--SLIPWAY_DATA={site.Path}");

        await EndRunAsync(server);
        await UntilAsync(server, () => receiver.Deliveries.Count > 1);
        var files = Directory.EnumerateFiles(site.Path, "slipway.db*").Select(file => Encoding.Latin1.GetString(ReadShared(file)));

        Assert.All([server.Log.Text, .. files], text =>
        {
            Assert.DoesNotContain(WebhookReceiver.Secret, text, StringComparison.Ordinal);
            Assert.DoesNotContain("also-secret", text, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Pauses_double_up_to_the_longest()
    {
        await using var server = await StartAsync(null);
        using var deliverer = new WebhookDeliverer(
            server.Services.GetRequiredService<WebhookOutbox>(), Microsoft.Extensions.Options.Options.Create(new WebhookOptions()),
            TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<WebhookDeliverer>.Instance);

        var pauses = new long[] { 1, 2, 3, 9, 10, 5000 }.Select(attempts => deliverer.PauseAfter(attempts).TotalSeconds);

        Assert.Equal([10, 20, 40, 2560, 3600, 3600], pauses);
    }

    private static byte[] ReadShared(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[stream.Length];
        _ = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return bytes;
    }

    private static Task<RunningServer> StartAsync(WebhookReceiver? receiver, params string[] settings) => RunningServer.StartAsync(args: [
        .. receiver is null ? Array.Empty<string>() : [$"--Training:Webhooks:0:Url={receiver.Url}"],
        .. receiver is null && settings.Length == 0 ? Array.Empty<string>() : [$"--Training:Webhooks:0:Secret={WebhookReceiver.Secret}", "--Training:Webhooks:0:AllowPrivate=true"],
        "--Training:WebhookDelivery:Interval=00:00:00.02",
        "--Training:WebhookDelivery:FirstPause=00:00:00.05",
        "--Training:WebhookDelivery:LongestPause=00:00:00.1",
        .. settings,
    ]);

    private static ServerDatabase Database(RunningServer server) => server.Services.GetRequiredService<ServerDatabase>();

    private static Task<int> EndRunAsync(RunningServer server, string how = "succeeded") => Database(server).WriteAsync(async transaction =>
    {
        await server.Services.GetRequiredService<WebhookOutbox>().AddAsync(transaction, how, "run-1", Body);
        return 0;
    }, Token);

    private static Task<long> WaitingRowsAsync(RunningServer server) =>
        Database(server).ReadAsync(connection => connection.ExecuteScalarAsync<long>("select count(*) from webhook_outbox"), Token);

    private static Task UntilAsync(RunningServer server, Func<bool> condition) => UntilAsync(server, () => Task.FromResult(condition()));

    private static Task UntilAsync(RunningServer server, Func<Task<bool>> condition) => Waiting.UntilAsync(server.Log, condition);
}
