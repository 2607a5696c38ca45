using System.Net.Http.Headers;
using System.Text;
using Amazon.Runtime;
using Slipway.Server.Aws;

namespace Slipway.Server.Tests.Aws;

/// <summary>Signatures that two other implementations agree on.</summary>
public sealed class AwsSignerTests
{
    private static readonly DateTimeOffset Then = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private static readonly Dictionary<string, Vector> Vectors = new()
    {
        ["sts"] = new(
            "https://sts.us-east-1.amazonaws.com/", "us-east-1", "sts", "application/x-www-form-urlencoded; charset=utf-8", null, [],
            "Action=GetCallerIdentity&Version=2011-06-15",
            "8950aa637e8c92025b0538006475e7a6bfe500443fed4346748d7411aba800df",
            "b57eccc771c57ff3d2d1121eb0768f9b5a596f1e2aa97e452275256232edfb15"),
        ["sagemaker in China with a session token"] = new(
            "https://api.sagemaker.cn-northwest-1.amazonaws.com.cn/", "cn-northwest-1", "sagemaker", "application/x-amz-json-1.1", "TOKEN",
            [("X-Amz-Target", "SageMaker.DescribeEndpoint")],
            """{"EndpointName":"e"}""",
            "3d9eda4f05d838fa2ec44a9792ff1352f7ed18d530be2c051605c7d1de224f28",
            "8e320edb1781b9bc1b21ccadfd8a4401ea9234e9fdb83f213b834b0fe91bca1f"),
        ["sagemaker runtime"] = new(
            "https://runtime.sagemaker.us-east-1.amazonaws.com/endpoints/EMD-Model-qwen3-8b-endpoint/invocations-response-stream",
            "us-east-1", "sagemaker", "application/json", null, [("X-Amzn-SageMaker-Accept", "application/json")],
            """{"messages":[{"role":"user","content":"你好"}],"stream":true}""",
            "dce6be7b362cb752c4caebb81ba20679df5529a9575f6b3d8ca9ab78c6a60526",
            "301d3ee978fdb0191a9646dc65e32b7c9761992956193fa63677894579fef2dc"),
    };

    public static TheoryData<string> Names => [.. Vectors.Keys];

    [Theory, MemberData(nameof(Names))]
    public void A_signature_is_the_known_one(string name)
    {
        var vector = Vectors[name];
        using var request = vector.Request();
        var endpoint = new AwsEndpoint(new AwsService("", "", vector.Service, "", _ => null), request.RequestUri!, vector.Region);

        AwsSigner.Sign(
            request, Encoding.UTF8.GetBytes(vector.Body), endpoint,
            new ImmutableCredentials(AwsStandIn.Key.Id, AwsStandIn.Key.Secret, vector.Token), Then);

        Assert.EndsWith($"Signature={vector.Signature}", request.Headers.GetValues("Authorization").Single(), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Names))]
    public void The_stand_in_works_out_the_known_one_too(string name)
    {
        var vector = Vectors[name];
        var url = new Uri(vector.Url);
        List<(string Name, string Value)> headers =
        [
            ("content-type", vector.ContentType),
            ("host", url.Host),
            ("x-amz-date", "20260102T030405Z"),
            .. vector.Headers.Select(header => (header.Name.ToLowerInvariant(), header.Value)),
        ];
        if (vector.Token is not null)
        {
            headers.Add(("x-amz-security-token", vector.Token));
        }

        var canonical = SignatureCheck.Canonical("POST", url.AbsolutePath, "", headers, Encoding.UTF8.GetBytes(vector.Body));

        Assert.Equal(vector.Canonical, SignatureCheck.Hash(Encoding.UTF8.GetBytes(canonical)));
        Assert.Equal(vector.Signature, SignatureCheck.Sign(
            AwsStandIn.Key.Secret, $"20260102/{vector.Region}/{vector.Service}/aws4_request", "20260102T030405Z", canonical));
    }

    private sealed record Vector(
        string Url, string Region, string Service, string ContentType, string? Token, (string Name, string Value)[] Headers, string Body,
        string Canonical, string Signature)
    {
        public HttpRequestMessage Request()
        {
            var request = new HttpRequestMessage(HttpMethod.Post, Url) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(Body)) };
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(ContentType);
            foreach (var (name, value) in Headers)
            {
                request.Headers.Add(name, value);
            }
            return request;
        }
    }
}
