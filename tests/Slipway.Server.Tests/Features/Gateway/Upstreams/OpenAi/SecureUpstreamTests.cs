using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Slipway.Server.Tests.Commands;

namespace Slipway.Server.Tests.Features.Gateway.Upstreams.OpenAi;

/// <summary>Upstreams with TLS, met by the real program, which is told by the environment whose certificates to trust.</summary>
public sealed class SecureUpstreamTests : IDisposable
{
    private readonly X509Certificate2 _certificate = MakeCertificate();
    private readonly string _trusted = Path.GetTempFileName();

    public SecureUpstreamTests() => File.WriteAllText(_trusted, _certificate.ExportCertificatePem());

    public void Dispose()
    {
        _certificate.Dispose();
        File.Delete(_trusted);
    }

    [Fact]
    public async Task A_whole_answer_and_a_stream_come_through_and_the_key_goes_along()
    {
        var heads = new List<string>();
        await using var upstream = new RawUpstream(
            async exchange =>
            {
                lock (heads)
                {
                    heads.Add(exchange.Head);
                }

                await (exchange.Body.Contains("\"stream\":true", StringComparison.Ordinal)
                    ? exchange.StreamAsync(RawUpstream.Chunk("Hi"), RawUpstream.Chunk("", "\"stop\""))
                    : exchange.SendJsonAsync(RawUpstream.Whole));
            },
            _certificate);
        using var server = await ServeAsync(upstream);

        var whole = await ReadAsync(server, GatewayServer.Chat);
        var stream = await ReadAsync(server, GatewayServer.StreamedChat);

        Assert.Equal(HttpStatusCode.OK, whole.Status);
        Assert.Contains("\"model\":\"m\"", whole.Text, StringComparison.Ordinal);
        Assert.Equal("[DONE]", GatewayServer.Events(stream.Text)[^1]);
        Assert.All(heads, head => Assert.Contains("Authorization: Bearer secret", head, StringComparison.Ordinal));
        Assert.Equal(1, upstream.Connections);
    }

    [Fact]
    public async Task A_server_that_nobody_vouches_for_is_not_spoken_to()
    {
        await using var upstream = new RawUpstream(exchange => exchange.SendJsonAsync(RawUpstream.Whole), _certificate);
        using var server = await ServeAsync(upstream, trusts: false);

        var (status, text) = await ReadAsync(server, GatewayServer.Chat);

        Assert.Equal(HttpStatusCode.BadGateway, status);
        Assert.DoesNotContain("localhost", text, StringComparison.Ordinal);
        Assert.Equal(0, upstream.Requests);
    }

    [Fact]
    public async Task The_upstream_learns_that_the_client_has_left_and_is_not_read_to_its_end()
    {
        var left = new TaskCompletionSource<long>();
        await using var upstream = new RawUpstream(
            async exchange =>
            {
                await exchange.BeginStreamAsync();
                await exchange.SendEventAsync(RawUpstream.Chunk("Hi"));
                await exchange.UntilLeftAsync();
                left.SetResult(Stopwatch.GetTimestamp());
            },
            _certificate);
        using var server = await ServeAsync(upstream);
        using var response = await SendAsync(server, GatewayServer.StreamedChat, HttpCompletionOption.ResponseHeadersRead);
        await using var stream = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        await stream.ReadExactlyAsync(new byte[10], TestContext.Current.CancellationToken);
        using var client = new CancellationTokenSource();
        var rest = stream.CopyToAsync(Stream.Null, client.Token);

        var leftAt = Stopwatch.GetTimestamp();
        await client.CancelAsync();

        Assert.InRange(
            Stopwatch.GetElapsedTime(leftAt, await left.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken)).TotalSeconds,
            0, 10);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => rest);
    }

    private async Task<ServingProgram> ServeAsync(RawUpstream upstream, bool trusts = true) => await ServingProgram.StartAsync(
        [
            ("Gateway__Routes__m__Upstreams__0__BaseUrl", upstream.BaseUrl),
            ("Gateway__Routes__m__Upstreams__0__Model", "inner/name"),
            ("Gateway__Routes__m__Upstreams__0__ApiKeyVariable", "UPSTREAM_KEY"),
            ("Gateway__Routes__m__Retries", "0"),
            ("UPSTREAM_KEY", "secret"),
            .. trusts ? [("SSL_CERT_FILE", _trusted)] : Array.Empty<(string, string)>(),
        ],
        "--no-model");

    private static async Task<(HttpStatusCode Status, string Text)> ReadAsync(ServingProgram server, string body)
    {
        using var response = await SendAsync(server, body, HttpCompletionOption.ResponseContentRead);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private static async Task<HttpResponseMessage> SendAsync(ServingProgram server, string body, HttpCompletionOption until)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json")),
        };
        return await server.Http.SendAsync(request, until, TestContext.Current.CancellationToken);
    }

    private static X509Certificate2 MakeCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        var now = DateTimeOffset.UtcNow;
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }
}
