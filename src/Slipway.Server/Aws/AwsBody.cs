namespace Slipway.Server.Aws;

/// <summary>Reads an answer that is to be had whole.</summary>
internal static class AwsBody
{
    /// <exception cref="AwsException">It is longer than <paramref name="longest"/> bytes, or broke off.</exception>
    public static async Task<byte[]> ReadAsync(
        AwsService service, HttpResponseMessage response, int longest, CancellationToken cancellationToken)
    {
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
            using var answer = new MemoryStream();
            var buffer = new byte[16 << 10];
            for (int read; (read = await stream.ReadAsync(buffer, cancellationToken)) > 0;)
            {
                if (answer.Length + read > longest)
                {
                    throw new AwsException(service.Name, AwsErrorCodes.AnswerTooLarge, $"The answer is longer than {longest} bytes.");
                }
                answer.Write(buffer, 0, read);
            }
            return answer.ToArray();
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            throw new AwsException(service.Name, AwsErrorCodes.BrokenAnswer, "The answer broke off.", exception);
        }
    }
}
